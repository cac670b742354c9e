/** Numbers as people read them, in the page's language. */
import { useLanguage } from '../i18n/language.ts';

export interface Numbers {
  whole(value: number): string;
  compact(value: number): string;
  bytes(value: number): string;
}

/** To make one is slow, and every row of a table has numbers. */
const known = new Map<string, Numbers>();

export function useNumbers(): Numbers {
  const { locale } = useLanguage();
  const numbers = known.get(locale) ?? numbersOf(locale);
  known.set(locale, numbers);
  return numbers;
}

function numbersOf(locale: string): Numbers {
  const whole = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  return {
    whole: (value) => whole.format(value),
    compact: (value) => compact.format(value),
    bytes: (value) => `${whole.format(value)} B`,
  };
}
