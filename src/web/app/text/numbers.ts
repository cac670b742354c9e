/** Numbers as people read them, in the page's language. */
import { useMemo } from 'react';
import { useLanguage } from '../i18n/language.ts';

export function useNumbers() {
  const { locale } = useLanguage();
  return useMemo(() => {
    const whole = new Intl.NumberFormat(locale);
    const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
    return {
      whole: (value: number) => whole.format(value),
      compact: (value: number) => compact.format(value),
      bytes: (value: number) => `${whole.format(value)} B`,
    };
  }, [locale]);
}
