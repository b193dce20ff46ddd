import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, organisationYaml, problemsOf, today } from '../../_helpers/catalog-folder.ts';

const messageOf = (folder: string): string => {
  try {
    loadCatalog(folder, { today });
  } catch (error) {
    if (error instanceof CatalogError) return error.message.replaceAll(folder, 'FOLDER');
    throw error;
  }
  throw new Error('the catalog was expected to be refused');
};

/** The superuser can read every file: as root, the test runs under another user's id. */
const unprivileged = <Result>(work: () => Result): Result => {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
};

describe('a folder is refused', () => {
  it('that does not exist', () => {
    const folder = join(catalogFolder({}), 'catalogue');
    expect(messageOf(folder)).toBe(
      'FOLDER can’t be read: there is no such folder; name the folder with organisation.yaml',
    );
  });

  it('that is a file', () => {
    const folder = join(catalogFolder({ 'organisation.yaml': organisationYaml }), 'organisation.yaml');
    expect(messageOf(folder)).toBe('FOLDER can’t be read: it is a file; name the folder that it is in');
  });

  it('that is empty, also where it has files of other kinds', () => {
    const message =
      'FOLDER has no catalog files; write organisation.yaml and one APPLICATION.yaml for each application into it';
    expect(messageOf(catalogFolder({}))).toBe(message);
    expect(messageOf(catalogFolder({ 'README.md': '#', '.payments.yaml': 'x: 1' }))).toBe(message);
  });

  it('whose organisation.yaml has another name', () => {
    expect(problemsOf({ 'organization.yml': organisationYaml })).toEqual([
      'organisation.yaml is missing: it has environments, contacts and the SIEM; write it, see docs/catalog.md',
      'organization.yml must be called organisation.yaml; rename it',
    ]);
  });
});

describe('a file is refused', () => {
  it('that is a folder', () => {
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml });
    mkdirSync(join(folder, 'payments.yaml'));
    expect(messageOf(folder)).toBe(
      'FOLDER/payments.yaml can’t be read: it is a folder; a catalog file is one YAML file',
    );
  });

  it('that is a link to nothing', () => {
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml });
    symlinkSync(join(folder, 'gone'), join(folder, 'payments.yaml'));
    expect(messageOf(folder)).toBe(
      'FOLDER/payments.yaml can’t be read: it is a link to nothing; remove it or restore its target',
    );
  });

  it('that is a link out of the folder, to a file or to another folder', () => {
    const outside = catalogFolder({ 'payments.yaml': 'application: payments\n' });
    const folder = catalogFolder(
      { 'organisation.yaml': organisationYaml },
      { 'payments.yaml': join(outside, 'payments.yaml') },
    );
    expect(messageOf(folder)).toBe(
      'FOLDER/payments.yaml is a symbolic link that leads out of the folder; put the file itself there',
    );
  });

  it('that is a pipe, from which reading may never end', () => {
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml });
    execFileSync('mkfifo', [join(folder, 'payments.yaml')]);
    expect(messageOf(folder)).toBe('FOLDER/payments.yaml is not a regular file; write one YAML file');
  });

  it('that is not UTF-8', () => {
    expect(
      problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': Buffer.from('owner: café', 'latin1') }),
    ).toEqual(['payments.yaml can’t be read: it is not UTF-8; save it as UTF-8']);
  });

  it('that is too large for a catalog file', () => {
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'dump.yaml': `# ${'x'.repeat(1024 * 1024)}` })).toEqual([
      'dump.yaml has 1048578 bytes, and a catalog file at most 1048576; split it by application',
    ]);
  });

  it('that may not be read, and organisation.yaml is then not called missing', () => {
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml });
    chmodSync(join(folder, 'organisation.yaml'), 0o000);
    chmodSync(folder, 0o755);
    expect(unprivileged(() => messageOf(folder))).toBe(
      'FOLDER/organisation.yaml can’t be read: permission denied; make it readable for you',
    );
  });
});

describe('a file is read', () => {
  it('with the byte order mark and the line ends of Windows', () => {
    const windows = `\u{feff}${organisationYaml.replaceAll('\n', '\r\n')}`;
    expect(problemsOf({ 'organisation.yaml': windows })).toEqual([]);
  });
});
