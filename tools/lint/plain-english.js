/** ESLint rules for English: words in code, Markdown and YAML, and the length of paragraphs and table cells. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** @type {readonly { pattern: string, case?: 'exact', write: string }[]} */
const list = parse(readFileSync(new URL('words.yaml', import.meta.url), 'utf8'));
const habits = list.map(({ pattern, case: sensitivity, write }) => ({
  expression: new RegExp(pattern.replaceAll(' ', String.raw`\s+`), sensitivity === 'exact' ? 'g' : 'gi'),
  write,
}));

/** @param {string} text */
const habitsIn = (text) =>
  habits.flatMap(({ expression, write }) =>
    [...text.matchAll(expression)].map((match) => ({
      index: match.index,
      found: match[0].trim().replaceAll(/\s+/g, ' '),
      write,
    })),
  );

/** @param {string} text */
const blank = (text) => text.replaceAll(/\S/g, 'x');

/**
 * What is not prose, blanked without a change of length: code, quoted messages, addresses of links.
 *
 * @param {string} text
 */
const prose = (text) =>
  text
    .replaceAll(/(`+)[^`]+\1/g, blank)
    .replaceAll(/"[^"\n]*"/g, blank)
    .replaceAll(/(?<=\])\([^)\s]*\)/g, blank);

/** @param {string} comment */
const withoutStars = (comment) => prose(comment.replaceAll(/\n\s*\*?/g, (start) => ' '.repeat(start.length)));

/** @param {string} raw text of a string literal or a template, with its quotes */
const withoutEscapes = (raw) => raw.replaceAll(/\\[^]/g, '  ').replaceAll(/^['"`]|['"`]$/g, ' ');

/** @type {import('eslint').Rule.RuleModule} */
const words = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { habit: 'Plain English: write {{write}}, not "{{found}}". The list is tools/lint/words.yaml.' },
  },
  create: (context) => {
    const { sourceCode } = context;
    /** @param {string} text @param {number} start */
    const check = (text, start) => {
      for (const { index, found, write } of habitsIn(text)) {
        context.report({
          loc: {
            start: sourceCode.getLocFromIndex(start + index),
            end: sourceCode.getLocFromIndex(start + index + found.length),
          },
          messageId: 'habit',
          data: { found, write },
        });
      }
    };
    /** @param {any} node of Markdown */
    const checkMarkdown = (node) => {
      if (isQuoted(sourceCode, node)) return;
      const start = node.position.start.offset;
      check(prose(sourceCode.text.slice(start, node.position.end.offset)), start);
    };
    return {
      Program: (program) => {
        for (const { value, range } of program.comments ?? []) check(withoutStars(value), range[0] + 2);
      },
      Literal: (node) => {
        if (typeof node.value === 'string' && /\s/.test(node.value)) check(withoutEscapes(node.raw), node.range[0]);
      },
      TemplateLiteral: (node) => {
        let text = sourceCode.getText(node);
        for (const { range } of node.expressions) {
          const from = range[0] - node.range[0];
          const to = range[1] - node.range[0];
          text = text.slice(0, from) + 'x'.repeat(to - from) + text.slice(to);
        }
        if (/\s/.test(text)) check(withoutEscapes(text.replaceAll(/\$\{(x*)\s*\}/g, 'x$1xx')), node.range[0]);
      },
      YAMLScalar: (node) => {
        if (typeof node.value === 'string' && /\s/.test(node.value)) {
          check(prose(sourceCode.text.slice(...node.range).replaceAll(/^['"]|['"]$/g, ' ')), node.range[0]);
        }
      },
      paragraph: checkMarkdown,
      heading: checkMarkdown,
      tableCell: checkMarkdown,
    };
  },
};

const limits = { paragraph: 620, tableCell: 240 };

/** @type {import('eslint').Rule.RuleModule} */
const length = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      paragraph:
        'A paragraph has at most five lines ({{limit}} characters), this one has {{size}}: split it or use a list.',
      tableCell:
        'A cell has at most two lines ({{limit}} characters), this one has {{size}}: move the detail below the table.',
    },
  },
  create: (context) => {
    /** @param {any} node */
    const check = (node) => {
      const text = context.sourceCode.text.slice(node.position.start.offset, node.position.end.offset);
      const size = text.replaceAll(/(?<=\])\([^)\s]*\)/g, '').replaceAll(/\s+/g, ' ').length;
      const limit = limits[/** @type {keyof typeof limits} */ (node.type)];
      if (size > limit) {
        context.report({ loc: node.position, messageId: node.type, data: { size: `${size}`, limit: `${limit}` } });
      }
    };
    return { paragraph: check, tableCell: check };
  },
};

/** @param {any} sourceCode @param {any} node */
const isQuoted = (sourceCode, node) => {
  for (let parent = sourceCode.getParent(node); parent; parent = sourceCode.getParent(parent)) {
    if (parent.type === 'blockquote') return true;
  }
  return false;
};

/** The plugin. @type {import('eslint').ESLint.Plugin} */
export const plainEnglish = { meta: { name: 'plain-english' }, rules: { words, length } };
