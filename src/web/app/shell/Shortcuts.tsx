/** The keyboard: j and k go from post to post, o opens one, n writes, ? tells of them. Each is a single key, so all can be turned off. */
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { useText } from '../i18n/language.ts';
import { browser, keep, readKept } from '../lib/keep.ts';
import { postPath } from '../ui/paths.ts';
import { keepFocus, POSTS } from './keepFocus.ts';

const KEY = 'stele.shortcuts';

export function Shortcuts() {
  const t = useText();
  const [, go] = useLocation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOn, setOn] = useState(readKept(browser, KEY) !== 'off');
  useEffect(keepFocus, []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (event.key === '?') dialog.current?.showModal();
      else if (!isOn || dialog.current?.open) return;
      else if (event.key === 'j') step(1);
      else if (event.key === 'k') step(-1);
      else if (event.key === 'o') open(go);
      else if (event.key === 'n') write(go);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [isOn, go]);
  const turn = (on: boolean) => {
    setOn(on);
    keep(browser, KEY, on ? null : 'off');
  };
  return (
    <dialog ref={dialog} className="shortcuts" aria-labelledby="shortcuts">
      <h2 id="shortcuts">{t.shortcuts}</h2>
      <dl>
        {t.shortcutKeys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={isOn} onChange={({ target }) => turn(target.checked)} />
        {t.shortcutsOn}
      </label>
      <form method="dialog">
        <button type="submit">{t.close}</button>
      </form>
    </dialog>
  );
}

/** Whether the focus is in a field, where keys are letters. */
const isWriting = (target: EventTarget | null) =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;

const current = () => document.activeElement?.closest<HTMLElement>(POSTS) ?? null;

/** Moves the focus to the next post, or to the first one in view. */
function step(by: 1 | -1): void {
  const posts = [...document.querySelectorAll<HTMLElement>(POSTS)].sort(
    (one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top,
  );
  const at = posts.indexOf(current() as HTMLElement);
  const next = at < 0 ? posts.find((post) => post.getBoundingClientRect().bottom > 0) : posts[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

function open(go: (path: string) => void): void {
  const id = current()?.dataset.id;
  if (id !== undefined) go(postPath(id));
}

/** The field of the page; where there is none, the one of the feed. */
function write(go: (path: string) => void): void {
  const field = document.querySelector<HTMLTextAreaElement>('#main .composer textarea');
  if (field) field.focus();
  else go(ROUTES.feed);
}
