/** The page's language: the reader's choice, else what the browser asks for. */
import { createContext, useContext } from 'react';
import { browser, keep, readKept } from '../lib/keep.ts';
import { en, type Text } from './en.ts';

/** Texts of other languages come with the first reader of theirs. */
export const LANGUAGES = {
  en: { locale: 'en', name: 'English', load: async (): Promise<Text> => en },
  'zh-Hans': { locale: 'zh-Hans', name: '简体中文', load: async (): Promise<Text> => (await import('./zh.ts')).zh },
} as const;

export type LanguageCode = keyof typeof LANGUAGES;

const KEY = 'stele.language';

export interface Language {
  code: LanguageCode;
  locale: string;
  text: Text;
  choose(code: LanguageCode): void;
}

export const LanguageContext = createContext<Language | null>(null);

/** The reader's language. */
export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (!language) throw new Error('there is no language around this component');
  return language;
}

/** The texts of the page in the reader's language. */
export const useText = (): Text => useLanguage().text;

const isLanguage = (code: string | null): code is LanguageCode => code !== null && Object.hasOwn(LANGUAGES, code);

export function preferredLanguage(): LanguageCode {
  const chosen = readKept(browser, KEY);
  if (isLanguage(chosen)) return chosen;
  const wanted = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag));
  return wanted?.toLowerCase().startsWith('zh') ? 'zh-Hans' : 'en';
}

export function rememberLanguage(code: LanguageCode): void {
  keep(browser, KEY, code);
}
