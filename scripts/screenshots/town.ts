/** A town's board for the screenshots: what its people have written, oldest first. `answers` counts back in the list. */
export interface Said {
  author: string;
  content: string;
  topics?: string[];
  answers?: number;
}

export const TOWN: readonly Said[] = [
  {
    author: 'Town clerk',
    content: 'This board is open. What is cut here stays; think, then write.',
    topics: ['notices'],
  },
  {
    author: 'Ines Vidal',
    content: 'First entry of the ferry log. 42 crossings in October, none cancelled.',
    topics: ['ferry'],
  },
  { author: 'Old Tom', content: 'So nobody can take it back afterwards? Not even the mayor?' },
  {
    author: 'Town clerk',
    content: 'Nobody. Every line is signed, and each block seals what lies under it.',
    answers: 1,
  },
  {
    author: 'Observatory',
    content: 'Clear until four. Jupiter is up after nine; the dome is open to everyone.',
    topics: ['sky', 'notices'],
  },
  {
    author: 'Mirela',
    content: 'Lost between the mill and the square: one grey glove, left hand. It misses its sister.',
    topics: ['lost and found'],
  },
  {
    author: 'Seed library',
    content: 'Returned today: 31 packets. Wanted: anyone who kept the blue maize of 2019.',
    topics: ['garden'],
  },
  {
    author: 'Dr. Okafor',
    content:
      'Results of the well survey, all eleven wells. Nitrate is below the limit in ten. The full table: https://wells.example/2026/autumn',
    topics: ['water'],
  },
  { author: 'Old Tom', content: 'Which is the eleventh?', answers: 1 },
  {
    author: 'Dr. Okafor',
    content: 'The one behind the tannery. It is closed, and the notice on it is signed with this key.',
    topics: ['water'],
    answers: 1,
  },
  { author: '李雨桐', content: '今天在旧书摊买到一本没有封面的诗集。第一页写着：给以后的人。', topics: ['诗'] },
  { author: 'Ines Vidal', content: 'Fog. The nine o’clock leaves when I can see the other side.', topics: ['ferry'] },
  { author: 'شادية', content: 'النقش في الحجر لا يمحوه المطر.', topics: ['words'] },
  {
    author: 'Choir',
    content:
      'Tuesday’s rehearsal is in the chapel, not the school. Altos: bring pencils, there are changes in the Tallis.',
    topics: ['music', 'notices'],
  },
  {
    author: 'Mirela',
    content: 'The glove is found. Thank you, whoever hung it on the fountain’s hand.',
    topics: ['lost and found'],
    answers: 9,
  },
  {
    author: 'Workshop No. 4',
    content:
      'We promise, here and for good: any clock repaired by us that stops within ten years is repaired again for nothing. Ask for the receipt of this post.',
    topics: ['promises'],
  },
  { author: 'Seed library', content: 'Frost on Thursday. Lift the dahlias.', topics: ['garden'] },
  { author: 'Ines Vidal', content: 'I can see the other side.', topics: ['ferry'], answers: 5 },
  {
    author: 'Council',
    content:
      'Minutes of the 14th session.\n\n1. The bridge is repaired in spring, not sooner.\n2. The market keeps its Wednesday.\n3. Against: Halloran, who asks that it be written down that he was against. It is written down.',
    topics: ['council'],
  },
  { author: 'Old Tom', content: 'For once I believe them.', answers: 1 },
  { author: 'Halloran', content: 'I was against.', topics: ['council'], answers: 2 },
  { author: '李雨桐', content: '给以后的人：我们在这里。', topics: ['诗'] },
  {
    author: 'Observatory',
    content:
      'Three fireballs between 21:04 and 21:31, the last one with a sound. If you heard it too, write when and where.',
    topics: ['sky'],
  },
  {
    author: 'Mirela',
    content: 'Heard it. From the lower garden, at half past nine or a little after. Like a door far away.',
    topics: ['sky'],
    answers: 1,
  },
  { author: 'Choir', content: 'Heard it in the middle of a rest. Nobody laughed.', answers: 2 },
];

/** The posts that are pending. */
export const WAITING: readonly Said[] = [
  {
    author: 'Seed library',
    content: 'The blue maize has come home. Two ears, from the shelf of a kitchen in the upper town.',
    topics: ['garden'],
  },
  { author: 'Ines Vidal', content: 'Last boat at ten tonight. The moon will do for a lamp.', topics: ['ferry'] },
];
