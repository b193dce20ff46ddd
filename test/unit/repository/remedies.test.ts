/** A remedy is safe to run: what can lose data or access is reviewed, and says what is lost or what to look at first. */
import { describe, expect, it } from 'vitest';
import {
  commandsOf,
  documentedCommands,
  literalsOf,
  printedLiterals,
  type PrintedText,
} from '../../_helpers/printed-texts.ts';
import { reviewedCommands, reviewedMessages, type Reviewed } from './reviewed-remedies.ts';

/** Statements of SQL and Redis, options and commands that delete, revoke, end or overwrite. */
const command =
  /\b(?:DROP|DELETE|REVOKE|TRUNCATE|KILL|REASSIGN|FLUSHALL|FLUSHDB|DENY|DELUSER|SHUTDOWN)\b|\bALTER (?:ROLE|USER|LOGIN|TABLE|DATABASE|SCHEMA|POLICY)\b|--force\b|--force-(?!new)[a-z-]+|\b(?:delete|remove|disable|schedule|purge|terminate|cancel|destroy|deregister|detach|revoke)-[a-z-]+|\b(?:cdk|terraform) destroy\b|\brm -|\bkill -|\bdrop(?:db|user|Role|User|Database)\b/;
/** The same in words of a sentence. */
const advice =
  /\b(?:drop|delete|revoke|kill|flush|truncate|terminate|purge|overwrite|wipe|destroy)\b|\bremove (?:the |a |its |that )?(?:user|role|login|secret|key|policy|database|schema|table|replica|stack)\b/i;

/** What an adapter sends to a server, under its lock and after its checks, is no advice. */
const statement = /^(?:\$\{\} ?)*(?:N')?(?:[A-Z]{2,}\b)(?: |$)/;
const isStatement = ({ file, text }: PrintedText): boolean =>
  /^(?:lambdas\/databases|local)\//.test(file) && statement.test(text);

/** Log lines, tests of words and names are no sentences. */
const isSentence = ({ text }: PrintedText): boolean => text.includes(' ');

const messages = printedLiterals().filter(isSentence);
const dangerousMessages = messages.filter(
  (one) => !isStatement(one) && (command.test(one.text) || advice.test(one.text)),
);
const dangerousCommands = documentedCommands().filter(({ text }) => command.test(text));

const reviewsOf = ({ file, text }: PrintedText, reviewed: readonly Reviewed[]) =>
  reviewed.filter((one) => one.file === file && text.includes(one.text));

const unreviewed = (found: readonly PrintedText[], reviewed: readonly Reviewed[]) =>
  found.filter((one) => reviewsOf(one, reviewed).length === 0).map(({ file, text }) => `${file}: ${text}`);

const unwarned = (found: readonly PrintedText[], reviewed: readonly Reviewed[]) =>
  found
    .filter((one) => !reviewsOf(one, reviewed).some((review) => isWarned(one, review)))
    .map(({ file, text }) => `${file}: ${text}`);

const isWarned = ({ around }: PrintedText, { warning, reason }: Reviewed): boolean =>
  warning === undefined ? reason !== undefined : flat(around).includes(flat(warning));

const flat = (text: string): string => text.replace(/\s+/g, ' ');

const unused = (found: readonly PrintedText[], reviewed: readonly Reviewed[]) =>
  reviewed.filter((one) => !found.some(({ file, text }) => file === one.file && text.includes(one.text)));

describe.each([
  { what: 'a message', found: dangerousMessages, reviewed: reviewedMessages },
  { what: 'a command in the documentation', found: dangerousCommands, reviewed: reviewedCommands },
])('$what that can lose data or access', ({ found, reviewed }) => {
  it('is on the list of reviewed texts', () => {
    expect(unreviewed(found, reviewed)).toEqual([]);
  });

  it('says what is lost or what to look at first', () => {
    expect(unwarned(found, reviewed)).toEqual([]);
  });

  it('leaves the list when it leaves the code', () => {
    expect(unused(found, reviewed)).toEqual([]);
  });
});

describe('a placeholder', () => {
  /** The shell takes `<word>` for redirections: `>` overwrites a file. */
  const redirection = /<[A-Za-z][^<>]*>/;
  const program =
    /(?:^|[\s`])(?:aws|npx|npm|strongroom|psql|mysql|mariadb|mongosh|redis-cli|sqlcmd|cdk|git|kill|terraform) /;

  it('in a command of the documentation is no redirection', () => {
    const shown = documentedCommands().filter(
      ({ text }) => redirection.test(text) && (program.test(text) || text.includes('=<')),
    );
    expect(shown.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  it('in a command of a message is no redirection', () => {
    const shown = messages.filter(({ text }) => /(?:aws [a-z-]+ |npx |psql |kill )[^`]*<[a-z]/.test(text));
    expect(shown.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });
});

describe('a statement in a message', () => {
  /** Of another user than the one in question, it would lose somebody else's access. */
  it('names the user or role in question, and never one of its own', () => {
    const named = messages.filter(
      (one) =>
        !isStatement(one) &&
        /\b(?:ALTER|DROP|GRANT|REVOKE)\b[^.;]*\b(?:ROLE|USER|LOGIN|DATABASE) (?!\$\{\}|")\S/.test(one.text),
    );
    expect(named.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });
});

describe('the search', () => {
  it('finds a remedy in a string, a template and a sum of both', () => {
    const code = "throw new Error('first ' + `DROP OWNED BY ${user}` + ', then retry');";
    expect(literalsOf('x.ts', code)).toEqual([
      expect.objectContaining({ text: 'first DROP OWNED BY ${}, then retry' }),
    ]);
  });

  it('finds a command in a block and in a sentence', () => {
    const page = '# A\n\nRun `rm -r x`.\n\n```sh\naws kms delete-alias\n```\n\n```yaml\ndelete: no\n```\n';
    expect(commandsOf('a.md', page).map(({ text }) => text)).toEqual(['rm -r x', 'aws kms delete-alias']);
  });
});
