/** Numbers as people read them, in the page's language. */
import { useLanguage } from '../i18n/language.ts';

/** Formatters of numbers in the reader's language. */
export interface Numbers {
  whole(value: number): string;
  compact(value: number): string;
  bytes(value: number): string;
}

/** From here on the single bytes say nothing. */
const MANY_BYTES = 100_000;

/** Formatters are cached: making one is slow, and every row of a table has numbers. */
const known = new Map<string, Numbers>();

/** The formatters of the reader's language. */
export function useNumbers(): Numbers {
  const { locale } = useLanguage();
  const numbers = known.get(locale) ?? numbersOf(locale);
  known.set(locale, numbers);
  return numbers;
}

function numbersOf(locale: string): Numbers {
  const whole = formatter(locale);
  return {
    whole,
    compact: formatter(locale, { notation: 'compact', maximumSignificantDigits: 3 }),
    bytes: (value) => {
      if (value < MANY_BYTES) return `${whole(value)} B`;
      const unit = value < 1_000_000 ? 'kilobyte' : value < 1_000_000_000 ? 'megabyte' : 'gigabyte';
      const size = value / { kilobyte: 1e3, megabyte: 1e6, gigabyte: 1e9 }[unit];
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumSignificantDigits: 3 }).format(size);
    },
  };
}

/** Made when the first number comes: few pages need all kinds. */
function formatter(locale: string, options?: Intl.NumberFormatOptions): (value: number) => string {
  let format: Intl.NumberFormat | undefined;
  return (value) => {
    format ??= new Intl.NumberFormat(locale, options);
    return format.format(value);
  };
}
