import { chooseLanguage, type Language, language, languages, words } from '../language/language.ts';
import { Choice } from './field.tsx';
import { chooseTheme, type Theme, theme, themes } from './theme.ts';

export function Appearance() {
  return (
    <section class="field-row">
      <Choice
        label={words().language}
        value={language.value}
        onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}
      >
        {Object.entries(languages).map(([tag, name]) => (
          <option key={tag} value={tag}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice
        label={words().theme}
        value={theme.value}
        onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {words().themes[name]}
          </option>
        ))}
      </Choice>
    </section>
  );
}
