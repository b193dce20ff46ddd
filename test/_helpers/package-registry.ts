/** A registry of npm on this machine, for packages of the repository in several versions. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { type PackageName, packed } from './packed.ts';

export interface PackageRegistry {
  readonly url: string;
  /** From now on, npm finds this version too, and takes it for the latest. */
  readonly publish: (name: PackageName, version: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Other packages come from the registry that npm is configured with. */
export const startPackageRegistry = async (): Promise<PackageRegistry> => {
  const { stdout } = await execa('npm', ['config', 'get', 'registry']);
  const upstream = stdout.trim().replace(/\/$/, '');
  const packages = new Map<string, Map<string, Published>>();

  const answer: RequestListener = ({ url: requested = '/' }, response) => {
    const [, name = '', file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(decodeURIComponent(requested)) ?? [];
    const versions = packages.get(name);
    if (!versions) {
      response.writeHead(302, { location: `${upstream}${requested}` }).end();
      return;
    }
    if (file === undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument(name, versions)));
      return;
    }
    const published = versions.get(file.replace(/\.tgz$/, ''));
    response.writeHead(published ? 200 : 404).end(published?.tarball);
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const packument = (name: string, versions: ReadonlyMap<string, Published>): object => ({
    name,
    'dist-tags': { latest: [...versions.keys()].at(-1) },
    versions: Object.fromEntries(
      [...versions].map(([version, { manifest, tarball }]) => [
        version,
        { ...manifest, dist: { tarball: `${url}/${name}/-/${version}.tgz`, integrity: integrityOf(tarball) } },
      ]),
    ),
  });

  return {
    url,
    publish: async (name, version) => {
      const file = await packed(name, version);
      const { stdout: text } = await execa('tar', ['-xzOf', file, 'package/package.json'], { cwd: path.dirname(file) });
      const manifest = JSON.parse(text) as { name: string };
      const versions = packages.get(manifest.name) ?? new Map<string, Published>();
      packages.set(manifest.name, versions.set(version, { manifest, tarball: await readFile(file) }));
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

interface Published {
  readonly manifest: object;
  readonly tarball: Buffer;
}

const integrityOf = (tarball: Buffer): string => `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
