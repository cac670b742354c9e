/**
 * Keeps the focus of the keyboard among the posts when the one that has it leaves the list or is drawn anew: it goes to the same
 * post, else to the one that stands in its place.
 */
export const POSTS = '#main article.post';

export function keepFocus(): () => void {
  let held: { element: Element; id: string | undefined; index: number } | null = null;
  const posts = () => [...document.querySelectorAll<HTMLElement>(POSTS)];

  const hold = ({ target }: FocusEvent) => {
    const element = (target as Element).closest<HTMLElement>(POSTS);
    held = element && { element, id: element.dataset.id, index: posts().indexOf(element) };
  };
  // A post that stays in the page lost the focus because the reader moved on.
  const leave = () =>
    queueMicrotask(() => {
      if (held?.element.isConnected && document.activeElement === document.body) held = null;
    });
  const restore = () => {
    if (!held || held.element.isConnected || document.activeElement !== document.body) return;
    const all = posts();
    const same = all.find(({ dataset }) => dataset.id === held?.id);
    (same ?? all[Math.min(held.index, all.length - 1)])?.focus({ preventScroll: true });
  };

  const observer = new MutationObserver(restore);
  observer.observe(document.body, { childList: true, subtree: true });
  addEventListener('focusin', hold);
  addEventListener('focusout', leave);
  return () => {
    observer.disconnect();
    removeEventListener('focusin', hold);
    removeEventListener('focusout', leave);
  };
}
