import { useSyncExternalStore } from 'react';
import { useLanguage } from '../../i18n/language.ts';

const INTERVAL = 30_000;
/** The last millisecond of the year 9999. */
const LATEST = 253_402_300_799_999;
const UNITS: readonly [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const listeners = new Set<() => void>();
setInterval(() => {
  for (const listener of listeners) listener();
}, INTERVAL);

function listen(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A moment as people say it, with the exact one on hover. `note` is said beside the exact one. */
export function Time({ at, note, exact = false }: { at: number | string; note?: string; exact?: boolean }) {
  const { locale } = useLanguage();
  // A node may claim times that no calendar has.
  const time = Math.min(new Date(at).getTime() || 0, LATEST);
  const label = useSyncExternalStore(listen, () => relative(time, locale));
  const whole = formatsOf(locale).whole.format(time);
  return (
    <time dateTime={new Date(time).toISOString()} title={note ? `${whole} ${note}` : whole}>
      {exact ? whole : label}
    </time>
  );
}

function relative(time: number, locale: string): string {
  const seconds = (time - Date.now()) / 1000;
  const format = formatsOf(locale).relative;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, 'second');
}

interface Formats {
  whole: Intl.DateTimeFormat;
  relative: Intl.RelativeTimeFormat;
}

/** Formatters are cached: making one is slow, and every post has a time. */
const formats = new Map<string, Formats>();

function formatsOf(locale: string): Formats {
  const known = formats.get(locale) ?? {
    whole: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium' }),
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' }),
  };
  formats.set(locale, known);
  return known;
}
