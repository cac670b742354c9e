/**
 * The posts that are shown and their order: pending ones first, the latest arrival on top, then those on the chain, the
 * newest block on top and within it the latest post (a block's own order says nothing about time). What others wrote reaches the document through `textContent` only.
 */
const feed = document.getElementById('feed');
const template = document.getElementById('post');
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
/** What is invisible or changes the direction of what follows it: in a name, it is spelled out. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Beyond so many characters or lines a text is folded. */
const LONG = { characters: 1_500, lines: 24 };

/** By id: `{ post, element, arrival, place, note }`. `place` is null off the chain; `note` is said instead of the state. */
const entries = new Map();
let arrivals = 0;
let height = 0;

export const has = (id) => entries.has(id);

/** Ids of the posts that are shown as pending, the first arrival first. */
export const pendingIds = () => [...entries.values()].filter((entry) => isPending(entry)).map(({ post }) => post.id);

/** Shows a post if it is not shown yet. */
export function showPending(post) {
  const known = entries.get(post.id);
  if (known?.dropped) Object.assign(known, { dropped: false, note: null });
  else if (known) return;
  settle(known ?? add(post));
}

/** Shows a post at its place on the chain, wherever it stood before. */
export function showMined(post, { height, hash }) {
  const entry = entries.get(post.id) ?? add(post);
  settle(Object.assign(entry, { place: { height, hash }, dropped: false, note: null }));
}

/** A reorganisation took the post's block off the chain. */
export function showDetached(id) {
  const entry = entries.get(id);
  if (entry) settle(Object.assign(entry, { place: null, note: 'pending again: its block lost to another branch' }));
}

/** The post left the pool and will not be mined. */
export function showDropped(id, why) {
  const entry = entries.get(id);
  if (entry && !entry.place) settle(Object.assign(entry, { dropped: true, note: `not mined: ${why}` }));
}

export function remove(id) {
  entries.get(id)?.element.remove();
  entries.delete(id);
}

export function clear() {
  entries.clear();
  feed.replaceChildren();
}

/** Tells how high the chain is, from which confirmations are counted. */
export function setHeight(now) {
  if (height === now) return;
  height = now;
  for (const entry of entries.values()) if (entry.place) showState(entry);
}

/** A name with what cannot be seen in it spelled out. */
export function legible(name) {
  return name.replace(
    UNSEEN,
    (character) => `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

const isPending = ({ place, dropped }) => !place && !dropped;

function add(post) {
  arrivals += 1;
  const entry = { post, element: draw(post), arrival: arrivals, place: null, dropped: false, note: null };
  entries.set(post.id, entry);
  return entry;
}

/** Puts an entry where it belongs. It is moved only when it must be: what is moved loses the focus. */
function settle(entry) {
  const { element } = entry;
  let next = feed.firstElementChild;
  while (next && (next === element || order(entries.get(next.id), entry) < 0)) next = next.nextElementSibling;
  if (!element.isConnected || element.nextElementSibling !== next) feed.insertBefore(element, next);
  showState(entry);
}

/** Negative: `one` stands above `other`. */
function order(one, other) {
  if (!one.place || !other.place) return Number(!!one.place) - Number(!!other.place) || other.arrival - one.arrival;
  return (
    other.place.height - one.place.height ||
    other.post.timestamp - one.post.timestamp ||
    (other.post.id < one.post.id ? 1 : -1)
  );
}

function showState({ element, place, dropped, note }) {
  element.classList.toggle('pending', !place && !dropped);
  element.classList.toggle('dropped', dropped);
  element.querySelector('.state').textContent = note ?? (place ? minedState(place) : 'pending');
  element.querySelector('.block').textContent = place?.hash ?? 'in none yet';
}

function minedState(place) {
  const confirmations = Math.max(1, height - place.height + 1);
  return `in block ${place.height} · ${confirmations === 1 ? '1 confirmation' : `${confirmations} confirmations`}`;
}

function draw(post) {
  const element = template.content.firstElementChild.cloneNode(true);
  const fill = (selector, text) => {
    element.querySelector(selector).textContent = text;
  };
  element.id = post.id;
  fill('.author', legible(post.author));
  fill('.key', post.publicKey.slice(0, 8));
  const time = element.querySelector('time');
  time.dateTime = new Date(post.timestamp).toISOString();
  time.title = `${time.dateTime}, as the author says`;
  time.textContent = TIME.format(post.timestamp);
  fill('.content', textOf(post));
  element.querySelector('.content').classList.toggle('withheld', post.content === null);
  drawTopics(element.querySelector('.topics'), post.topics);
  drawParent(element.querySelector('.parent'), post.parent);
  fill('.id', post.id);
  fill('.public-key', post.publicKey);
  fill('.signature', post.signature);
  if (isLong(post.content)) fold(element);
  return element;
}

function textOf({ content, withheld }) {
  if (content !== null) return content;
  if (!withheld) return 'This node does not have the text of this post.';
  return `Withheld by this node’s operator on ${TIME.format(new Date(withheld.at))}. The reason given: ${withheld.reason}`;
}

function drawTopics(list, topics) {
  list.hidden = topics.length === 0;
  for (const topic of topics) {
    const item = document.createElement('li');
    item.textContent = legible(topic);
    list.append(item);
  }
}

function drawParent(line, parent) {
  line.hidden = !parent;
  if (!parent) return;
  const link = line.querySelector('a');
  link.href = `#${parent.id}`;
  link.textContent = legible(parent.author);
}

const isLong = (content) =>
  content !== null && (content.length > LONG.characters || content.split('\n').length > LONG.lines);

function fold(element) {
  const content = element.querySelector('.content');
  const button = element.querySelector('.unfold');
  content.classList.add('folded');
  button.hidden = false;
  button.addEventListener('click', () => {
    const isFolded = content.classList.toggle('folded');
    button.setAttribute('aria-expanded', String(!isFolded));
    button.textContent = isFolded ? 'Read all of it' : 'Fold it again';
  });
}
