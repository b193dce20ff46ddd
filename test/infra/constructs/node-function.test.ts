/** The bundle of a function, as `cdk deploy` would upload it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { DatabaseRotation } from '../../../lib/index.ts';
import { cdkContext, withFolder } from '../../_helpers/example-app.ts';

const rotationIn = (folder: string, certificateAuthorities?: string) => {
  const app = new App({ outdir: join(folder, 'cdk.out'), context: cdkContext() });
  const stack = new Stack(app, 'Test', { env: { account: '444455556666', region: 'eu-west-1' } });
  new DatabaseRotation(stack, 'Rotation', {
    environment: 'prod',
    engine: 'postgres',
    encryptionKeys: [],
    ...(certificateAuthorities !== undefined && { certificateAuthorities }),
  });
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  const { Code, Environment } = resource!['Properties'] as {
    Code: { S3Key: string };
    Environment: { Variables: Record<string, string> };
  };
  return {
    hash: Code.S3Key,
    variables: Environment.Variables,
    asset: join(folder, 'cdk.out', `asset.${Code.S3Key.replace('.zip', '')}`),
  };
};

test('the bundle holds the SDK and the driver, and no source of this repository in its map', () => {
  withFolder((folder) => {
    const { asset } = rotationIn(folder);
    const code = readFileSync(join(asset, 'index.mjs'), 'utf8');
    expect(code).toContain('createRequire(import.meta.url)');
    expect(code).not.toMatch(/from\s*["'](?:@aws-sdk|pg)/);
    expect(JSON.parse(readFileSync(join(asset, 'index.mjs.map'), 'utf8'))).not.toHaveProperty('sourcesContent');
  });
});

test('authorities that are given travel with the bundle, for databases and the SIEM and not for AWS endpoints', () => {
  withFolder((folder) => {
    const file = join(folder, 'our authority.pem');
    writeFileSync(file, rootCertificates[0]!);
    const { asset, variables } = rotationIn(folder, file);
    expect(variables['STRONGROOM_CERTIFICATE_AUTHORITIES']).toBe('/var/task/certificate-authorities.pem');
    expect(variables).not.toHaveProperty('NODE_EXTRA_CA_CERTS');
    expect(readFileSync(join(asset, 'certificate-authorities.pem'), 'utf8')).toBe(rootCertificates[0]);
  });
});

test('a file with another label than CERTIFICATE is refused, as in a catalog', () => {
  withFolder((folder) => {
    const file = join(folder, 'trusted.pem');
    writeFileSync(file, rootCertificates[0]!.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE'));
    expect(() => rotationIn(folder, file)).toThrow(/must hold certificates and nothing else; line 1 begins a block/);
  });
});

test('the hash of the asset is the same wherever the assembly is written', () => {
  withFolder((folder) => {
    expect(rotationIn(join(folder, 'far', 'below')).hash).toBe(rotationIn(folder).hash);
  });
});

test('without authorities there is no file and no variable', () => {
  withFolder((folder) => {
    const { asset, variables } = rotationIn(folder);
    expect(variables).not.toHaveProperty('STRONGROOM_CERTIFICATE_AUTHORITIES');
    expect(existsSync(join(asset, 'certificate-authorities.pem'))).toBe(false);
  });
});
