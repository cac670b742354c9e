import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { en, type Text } from './en.ts';
import { LANGUAGES, type LanguageCode, LanguageContext, preferredLanguage, rememberLanguage } from './language.ts';

/** Shows nothing until the texts of the language are here, and the last language until those of another one are. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, setWanted] = useState(preferredLanguage);
  const [shown, setShown] = useState<{ code: LanguageCode; text: Text } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const show = (code: LanguageCode, text: Text) => isCurrent && setShown({ code, text });
    // Without a connection the texts of another language do not come: better English than nothing.
    LANGUAGES[wanted].load().then(
      (text) => show(wanted, text),
      () => show('en', en),
    );
    return () => {
      isCurrent = false;
    };
  }, [wanted]);
  useEffect(() => {
    if (shown) document.documentElement.lang = shown.code;
  }, [shown]);
  const language = useMemo(() => {
    if (!shown) return null;
    const choose = (chosen: LanguageCode) => {
      rememberLanguage(chosen);
      setWanted(chosen);
    };
    return { ...shown, locale: LANGUAGES[shown.code].locale, choose };
  }, [shown]);
  return language && <LanguageContext value={language}>{children}</LanguageContext>;
}
