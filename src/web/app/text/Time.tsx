import { useSyncExternalStore } from 'react';
import { useLanguage } from '../i18n/language.ts';

const INTERVAL = 30_000;
const UNITS: readonly [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const listeners = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, INTERVAL);

function listen(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A moment as people say it, with the exact one on hover. `note` is said beside the exact one. */
export function Time({ at, note, exact = false }: { at: number | string; note?: string; exact?: boolean }) {
  const { locale } = useLanguage();
  const time = new Date(at).getTime();
  const label = useSyncExternalStore(listen, () => relative(time, now, locale));
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium' }).format(time);
  // The years that a claimed time can have go beyond what a machine-readable one may.
  const iso = time < 253_402_300_800_000 ? new Date(time).toISOString() : undefined;
  return (
    <time dateTime={iso} title={note ? `${whole} ${note}` : whole}>
      {exact ? whole : label}
    </time>
  );
}

function relative(time: number, from: number, locale: string): string {
  const seconds = (time - Math.max(from, Date.now())) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' });
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, 'second');
}
