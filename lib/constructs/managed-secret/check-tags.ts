/** Refuses tags that the service would refuse in the middle of a deployment. */
import { Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { SecretTags } from '../../model/secret-tags.ts';
import { invalidProps } from '../invalid-props.ts';

/** @throws ValidationError that names the tag and its value */
export const checkTags = (scope: IConstruct, tags: SecretTags): void => {
  for (const [key, value] of Object.entries(tags)) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(knownPart(value))) {
      throw invalidProps(
        scope,
        `The tag ${key} can't be "${value}": write at most 256 letters, digits, spaces and _ . : / = + - @`,
      );
    }
  }
};

/** What CloudFormation fills in is not known here. */
const knownPart = (value: string): string =>
  Tokenization.reverseString(value).tokens.reduce((known: string, token) => known.replace(token.toString(), ''), value);
