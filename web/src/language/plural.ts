type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** A text by the number in it, which stands where `#` stands. */
export function pluralIn(locale: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
}
