/**
 * Text that shows what it is. Names, tags and messages may come from a pull request, from AWS or from a database; on a
 * terminal, control characters move the cursor and bidirectional ones reorder a line, and CI runs commands found in logs.
 */

/** Escaped as in JSON, so that JSON stays what it is. Line ends and tabs pass. */
export const visible = (text: string): string =>
  text
    .replace(hidden, escaped)
    // Workflow commands of GitHub begin a line; those of Azure Pipelines and TeamCity are found within one.
    .replace(/^([^\S\n]*):(?=:)/gm, '$1\\u003a')
    .replace(/##(?=\[|vso\[|teamcity\[)/g, '#\\u0023');

/** {@link visible} for what is one line, such as a cell of a table. */
export const oneLine = (text: string): string => visible(text.replace(/[\n\t]/g, escaped));

/** Without a sign of their own: controls, formats such as U+202E, separators of lines, lone surrogates, fillers. */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
