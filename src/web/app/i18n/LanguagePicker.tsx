import { LANGUAGES, type LanguageCode, useLanguage } from './language.ts';

/** Buttons for the languages of the page. */
export function LanguagePicker() {
  const { code, choose } = useLanguage();
  return (
    <fieldset className="languages">
      <legend className="unseen-text">Language / 语言</legend>
      {(Object.keys(LANGUAGES) as LanguageCode[]).map((each) => (
        <button
          key={each}
          type="button"
          className="plain"
          lang={each}
          aria-pressed={each === code}
          onClick={() => choose(each)}
        >
          {LANGUAGES[each].name}
        </button>
      ))}
    </fieldset>
  );
}
