/** HTML that escapes what is put into it: https://hono.dev/docs/helpers/html */
import { html as template, raw } from 'hono/html';

/** Text that is HTML already. Nothing but {@link html} and {@link trusted} makes it. */
export type Markup = ReturnType<typeof raw>;

/** A template: its own text is HTML, and every value is escaped, unless it is {@link Markup}. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup => {
  const made = template(strings, ...values);
  // It waits for promises alone, and no value can be one.
  if (made instanceof Promise) throw new TypeError('A value of the template is a promise');
  return made;
};

export type Value = string | number | Markup | readonly Markup[];

/** Takes a constant of the program as it is. Never for what a catalog or AWS gives. */
export const trusted = (constant: string): Markup => raw(constant);

export const nothing: Markup = trusted('');
