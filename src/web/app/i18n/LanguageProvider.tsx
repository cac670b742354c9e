import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { LANGUAGES, LanguageContext, preferredLanguage, rememberLanguage } from './language.ts';

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [code, setCode] = useState(preferredLanguage);
  const language = useMemo(() => {
    const { locale, text } = LANGUAGES[code];
    return {
      code,
      locale,
      text,
      choose(chosen: typeof code) {
        rememberLanguage(chosen);
        setCode(chosen);
      },
    };
  }, [code]);
  useEffect(() => {
    document.documentElement.lang = code;
  }, [code]);
  return <LanguageContext value={language}>{children}</LanguageContext>;
}
