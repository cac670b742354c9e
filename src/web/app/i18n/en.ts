/** Every text of the page, in English. Another language is another object of the same shape. */
import { legible } from '../lib/legible.ts';
import { power } from '../lib/power.ts';

const count = (value: number, one: string, many: string) => `${value.toLocaleString('en')} ${value === 1 ? one : many}`;

/** Posts that went into a block, or came back from one. */
interface Moved {
  kind: 'attached' | 'detached';
  height: number;
  count: number;
}

export const en = {
  // The frame
  skip: 'Skip to the content',
  home: 'Stele, to the feed',
  motto: 'A public board of signed posts that nobody can quietly rewrite.',
  ways: 'Pages',
  elsewhere: 'Elsewhere on this node',
  aboutNode: 'About this node',
  feed: 'Feed',
  search: 'Search',
  chain: 'Chain',
  pendingPage: 'Pending',
  node: 'Node',
  keys: 'Keys',
  playground: 'Playground',
  metrics: 'Metrics',
  network: 'Network',
  height: 'Height',
  latestBlocks: 'The latest blocks',
  layer: (height: number, posts: number) => `Block ${height.toLocaleString('en')}: ${count(posts, 'post', 'posts')}`,
  connections: { connecting: 'connecting', live: 'live', lost: 'connection lost, trying again' },
  refused: (code: string) => `not live (${code}), trying again`,
  followed: (height: string, work: number) =>
    `This page has checked the headers of all blocks up to ${height} itself: ${power(work)} hashes of work.`,
  chainFault: 'This node gave a block that breaks the rules. Do not rely on what it shows.',

  broken: 'This page broke, or the node has another version by now.',
  brokenPost: 'This post cannot be shown.',
  reload: 'Load it anew',

  // Lists
  reading: 'Reading…',
  more: 'Older',
  emptyFeed: 'Nothing is cut into this stone yet.',
  endOfFeed: 'Below this is the first block.',
  tryAgain: 'Try again',
  noAnswer: 'The node does not answer.',
  refusedQuery: (code: string) => `The node refused this (${code}).`,
  newPosts: (waiting: number) => count(waiting, 'new post', 'new posts'),
  pendingShown: (shown: number, all: number) =>
    `${shown.toLocaleString('en')} of ${all.toLocaleString('en')} pending posts are shown.`,
  news: (news: { kind: 'arrived'; post: { author: string } } | Moved) => {
    if (news.kind === 'arrived') return `New post by ${legible(news.post.author)}`;
    const posts = count(news.count, 'post is', 'posts are');
    return news.kind === 'attached' ? `${posts} now in block ${news.height}` : `${posts} pending again`;
  },

  // A post
  pending: 'pending',
  inBlock: (height: number) => `in block ${height.toLocaleString('en')}`,
  confirmations: (value: number) => count(value, 'confirmation', 'confirmations'),
  detached: 'pending again: its block lost to another branch',
  dropped: (why: string) => (why ? `not mined: ${why}` : 'not mined: the node does not know it any more'),
  asClaimed: '(as the author says)',
  unseenCharacter: 'A character that cannot be seen',
  leadsOut: (host: string) => `Leads out of this node, to ${host}`,
  inAnswerTo: 'in answer to',
  inAnswer: 'in answer to a post that is not here',
  reply: 'Reply',
  replies: (value: number) => count(value, 'reply', 'replies'),
  repliesTitle: 'Replies',
  topics: 'Topics',
  unfold: 'Read all of it',
  fold: 'Fold it again',
  notHere: 'This node does not have the text of this post.',
  withheldHere: 'Withheld by this node’s operator',
  reasonGiven: 'The reason given:',
  post: 'Post',
  posts: 'Posts',
  block: 'Block',
  key: 'Key',
  signature: 'Signature',
  author: 'Author',
  topic: 'Topic',
  copy: 'Copy',
  copied: 'Copied',

  // Proof
  proofWords: {
    checking: 'checking',
    signed: 'signature checked',
    proven: 'proved here',
    removed: 'not on the chain',
    failed: 'does not hold',
  },
  proofChecking: 'This page is checking it, or waits for the node to give the evidence.',
  proofFailed: 'What the node shows here does not hold. Do not rely on it:',
  proofRemoved: 'Its block is not on the chain with the most work that this page has seen.',
  checkSignature: 'The key below signed this name, text, time and topics.',
  checkText: 'The text is the one that was signed, to the byte.',
  checkWithheld: 'The text is withheld; what was signed commits to it.',
  checkNoBlock: 'It lies in no block yet: until then a node may still drop it.',
  checkPlace: (place: number) =>
    `Hashes lead from it, as post ${place.toLocaleString('en')}, to the head of its block.`,
  checkWork: (depth: number, work: number) =>
    `On its block lie ${count(depth, 'other', 'others')}: ${power(work)} hashes of work.`,
  checkWorkAtLeast: (depth: number, work: number) =>
    `On its block lie at least ${count(depth, 'other', 'others')}: ${power(work)} hashes of work. The chain is too long to follow whole here.`,
  checkHeaders: (height: number, network: string) =>
    `All ${height.toLocaleString('en')} headers since the first block of ${network} follow the rules.`,
  downloadReceipt: 'Download the receipt',
  noReceipt: 'There is no receipt: the post has left the chain.',

  // Writing
  write: 'Write a post',
  writePlaceholder: 'What shall stand here?',
  answerTo: (name: string) => `Answer ${name}`,
  text: 'Text',
  name: 'Name',
  nameHint: 'The first post under a name binds it to a key that is made and kept in this browser.',
  nameTaken: 'This name is taken. It belongs to the key',
  keepName: 'Write under the name I have',
  haveKey: 'I have a key already',
  anotherName: 'Another name…',
  writeAs: 'Write as',
  topicsPlaceholder: 'parted by commas',
  bytesOf: (bytes: string, most: string) => `${bytes} of ${most} bytes`,
  publish: 'Post',
  sending: 'Sending…',
  sent: 'Posted. It is pending until a block holds it.',
  unanswered:
    'The node did not answer. Your text is kept: send it again when the connection is back. It cannot become two posts.',
  keyless:
    'This browser keeps no keys (a private window, perhaps), so a name would be lost at once. Your text is kept.',
  refusedPost: 'Refused:',
  textKept: 'Your text is kept.',
  reasons: {
    NAME_TAKEN: 'This name belongs to another key. Choose another:',
    NAME_PENDING: 'Somebody else is just taking this name. Choose another:',
    NAME_LOOKALIKE: 'This name looks like another. Choose one that cannot be mistaken:',
    AUTHOR_INVALID: 'A name has 1 to 64 bytes. Choose another:',
    SIZE_INVALID: 'The text is too long. Shorten it:',
    TOPICS_INVALID: 'Up to 8 topics of 1 to 64 bytes each:',
    TIMESTAMP_AHEAD: 'The clock of this computer is ahead. Set it right, then send again:',
    POOL_FULL: 'The node has more posts than it can keep. Send again in a while:',
    CONTENT_MALFORMED: 'There is a broken character in the text. Take it out:',
  },
  backupTitle: 'Keep this key',
  backupLead: (name: string) =>
    `Whoever has these digits writes as ${name}; who loses them loses the name for good. Nobody can give it back. Write them down or keep the file where only you can reach it. They are not shown again.`,
  download: 'Download',
  backupDone: 'I have kept it',

  // Keys
  keysLead: 'Your names are keys that live in this browser. The node never sees them.',
  noKeys: 'There is none yet: the first post makes one.',
  writesNow: 'writes now',
  forget: 'Remove',
  forgetWarning: 'Without a copy of the key kept elsewhere, this name is lost for good.',
  forgetReally: 'Remove it from this browser',
  importTitle: 'Bring a key',
  importLead: 'The 64 digits that you kept, or what “stele keys export” prints.',
  seed: 'Key (64 digits)',
  seedMalformed: 'A key has 64 digits: 0 to 9 and a to f.',
  keyNameless: 'No name belongs to this key yet. Say which it shall write under.',
  import: 'Bring it in',
  imported: 'The key is here, and writes from now on.',

  // Pages
  postBy: (name: string) => `Post by ${name}`,
  postByBefore: 'Post by',
  postByAfter: '',
  noPost: 'No such post',
  postUnknown: 'This node does not know a post of this id, or has forgotten it.',
  nameFree: 'This name belongs to nobody on this chain yet.',
  boundSince: 'Bound since',
  noPostsBy: 'No posts under this name.',
  noPostsOn: 'No posts on this topic.',
  pendingLead: 'Painted, not cut: what waits for a block, in the order in which it will be taken.',
  nothingPending: 'Nothing is waiting.',
  workAsked: 'Work asked of a post',
  bits: (value: number) => (value === 0 ? 'none' : count(value, 'bit', 'bits')),
  size: 'Size',
  notFound: 'No such page',
  notFoundLead: 'Perhaps what you look for is to be found here:',
  searchLabel: 'A text, name, topic, id, hash or height',
  searchLead: 'Posts by their words, authors by name or key, blocks by hash or height.',
  searchLength: (least: number, most: number) => `Texts are searched with ${least} to ${most} characters.`,
  postsWith: 'Posts with these words',
  nothingFound: 'Nothing found.',

  // The chain
  chainLead: 'Each block takes up posts and seals all that lies below it with work.',
  blocks: 'Blocks',
  workBehind: 'Work behind it',
  checkedHere: 'Checked by this page',
  ofBlocks: (value: string) => `${value} headers`,
  pictures: 'The latest blocks in pictures',
  chartTimes: 'Seconds between blocks',
  chartPosts: 'Posts per block',
  chartDifficulty: 'Difficulty',
  chartWork: 'Hashes behind the chain',
  seconds: (value: string) => `${value} s`,
  postCount: (value: number) => count(value, 'post', 'posts'),
  blockNumber: (height: number) => `Block ${height.toLocaleString('en')}`,
  time: 'Time',
  hash: 'Hash',
  difficulty: 'Difficulty',
  neighbours: 'Neighbouring blocks',
  isTip: 'the newest block',
  noBlock: 'No such block',
  noBlockLead: 'This node knows no block of this hash or height.',
  offChain: 'This block is on a branch that lost: its posts are not on the chain by it.',
  blockFault: 'This block was found invalid.',
  confirmationsName: 'Confirmations',
  previousHash: 'Previous block',
  merkleRoot: 'Merkle root',
  target: 'Target',
  bitsName: 'Bits',
  nonce: 'Nonce',
  version: 'Version',
  raw: 'Raw header',
  about: {
    hash: 'SHA-256, twice, of the 80 bytes below. Read as a number, it must not exceed the target.',
    confirmations: 'Blocks of the chain from this one to the newest, both counted. Each makes it dearer to rewrite.',
    time: 'When the miner says it was made: after the median of the eleven blocks below.',
    previousHash: 'What makes it a chain: whoever changes a block changes its hash, and breaks the one on top.',
    merkleRoot: 'One hash for all posts of the block in their order.',
    genesisRoot: 'In the first block: the hash of the network’s parameters.',
    target: 'The lower it is, the more hashes have to be tried.',
    difficulty: 'How many times harder than the easiest target of the network.',
    bits: 'The target in four bytes.',
    nonce: 'What the miner varied until the hash was low enough.',
    version: 'Carries no meaning yet.',
    chainWork: 'Hashes expected to have been tried for the chain up to here. The chain with the most is the valid one.',
    size: 'Statements, signatures and texts of its posts.',
    raw: 'What is hashed: version, previous hash, Merkle root, time, bits and nonce, each with its low byte first.',
    genesis: 'Hash of the first block: the identity of the network. Compare it with the one you mean.',
    spacing: (halfLife: number) => `The difficulty follows block by block: ${halfLife} seconds of delay halve it.`,
    noRetarget: 'The difficulty never changes: a network for tests.',
  },

  // The node
  sync: 'Synchronisation',
  synced: 'up to date',
  syncing: (height: string, target: string) => `at block ${height} of ${target}`,
  uptime: 'Running for',
  duration: (seconds: number) => {
    if (seconds < 120) return count(seconds, 'second', 'seconds');
    if (seconds < 7_200) return count(Math.floor(seconds / 60), 'minute', 'minutes');
    if (seconds < 172_800) return count(Math.floor(seconds / 3_600), 'hour', 'hours');
    return count(Math.floor(seconds / 86_400), 'day', 'days');
  },
  peers: 'Other nodes',
  peerCounts: (outgoing: number, incoming: number, known: number, banned: number) =>
    `Connected to ${outgoing}, called by ${incoming}, ${count(known, 'address', 'addresses')} known, ${banned} banned.`,
  address: 'Address',
  state: 'State',
  latency: 'Answers in',
  lastSeen: 'Last seen',
  tools: 'Tools',
  nodeOf: 'node',
  incoming: '(it called)',
  peerStates: { CONNECTED: 'connected', CONNECTING: 'connecting', IDLE: 'not connected', BANNED: 'banned, until' },
  score: (points: number) => `misbehaved: ${points} of 100`,
  milliseconds: (value: number) => `${value} ms`,
  peerAddress: 'Address of another node',
  addPeer: 'Connect',
  peerConnected: 'Connected.',
  resync: 'Ask all of them now',
  resynced: (came: { asked: number; answered: number; attached: number; detached: number; posts: number }) =>
    came.asked === 0
      ? 'There is nobody to ask: connect to a node first.'
      : `${came.answered} of ${came.asked} answered: ${count(came.attached, 'block', 'blocks')} joined, ${came.detached} left, ${count(came.posts, 'post', 'posts')} came.`,
  remove: 'Remove',
  removePeer: (url: string) => `Remove ${url}`,
  peerUnknown: 'It was not known.',
  genesis: 'Genesis',
  founded: 'Founded',
  rhythm: 'Rhythm',
  spacing: (seconds: number) => `a block every ${seconds} seconds`,
  noRetarget: 'as fast as blocks are found',

  // The operator
  operator: 'Operator',
  isOperator: 'You are this node’s operator: you can mine, and withhold texts on the pages of their posts.',
  tokenLead: 'With the operator’s token this page can mine and withhold. It is kept until this tab is closed.',
  token: 'Token',
  useToken: 'Use it',
  forgetToken: 'Forget the token',
  tokenRefused: 'The node does not take this token.',
  mining: 'Mining',
  minePending: (pending: number) => (pending === 0 ? 'Mine' : `Mine ${count(pending, 'post', 'posts')}`),
  minesItself: 'This node also mines by itself whenever a post is pending.',
  minerFacts: (threads: number, kernel: string, found: number) =>
    `${count(threads, 'thread', 'threads')}, kernel ${kernel}, ${count(found, 'block', 'blocks')} found since the start.`,
  searching: 'Searching…',
  foundBlock: (height: number) => `Found block ${height.toLocaleString('en')}.`,
  mineOutcomes: {
    MINED: 'Found a block.',
    NOTHING_TO_MINE: 'No post is pending, so there is nothing to mine.',
    TIMED_OUT: 'No block was found within a minute. Luck has no memory: try again.',
    SYNCING: 'The node is still fetching blocks and does not mine yet.',
    STOPPED: 'The node is shutting down.',
    CLOCK_WRONG: 'The clock of the node is wrong, so it cannot make a block: its operator has to set the clock.',
  },
  searchOf: (height: number, attempts: string, rate: string, expected: string) =>
    `Block ${height.toLocaleString('en')}: ${attempts} hashes tried at ${rate} a second. One in ${expected} will do.`,
  searchShare: 'Share of searches that would be over by now',
  withhold: 'Withhold the text',
  withholdLead: 'This node stops serving the text and shows your reason instead. Signature and proofs stay valid.',
  publicReason: 'Reason, shown to everyone',
  eraseToo: 'Also erase it from this node’s disk',
  restore: 'Serve the text again',
  isErased: 'The text was erased here. Only who has it can give it back, by the API.',
  allDecisions: 'Everyone can read what was decided.',

  // What was withheld
  withholdings: 'Withheld texts',
  withholdingsLead:
    'Which texts this node’s operator decided not to serve, or to serve again. No decision is ever taken off this list.',
  nothingWithheld: 'No text was ever withheld here.',
  decision: 'Decision',
  withheld: 'withheld',
  erased: 'withheld and erased',
  servedAgain: 'served again',
};

/** What every language says. */
export type Text = typeof en;
