/**
 * Which templates of a large app are worth checking: those with a resource that differs from all before it.
 *
 * Two resources are alike if they have the same type, properties, numbers and references, and the same text at
 * properties with few different texts in the app. At properties with many (names, ARNs, descriptions), the kinds of
 * characters and the length decide.
 */
import { readFileSync } from 'node:fs';
import type { PolicyValidationStack } from 'aws-cdk-lib';
import { isRecord } from '../template/properties.ts';

/** In order. Always includes the first template of each account and region. */
export const unlikeTemplates = (stacks: readonly PolicyValidationStack[]): PolicyValidationStack[] => {
  const texts = new Texts();
  // Read twice: kept, they would take more memory than all else.
  for (const { templatePath } of stacks) for (const part of read(templatePath).parts) texts.note(part);
  const seen = new Set<string>();
  return stacks.filter(({ templatePath, accountId = '', region = '' }) => {
    const { parts, typeOf, rest } = read(templatePath);
    const kinds = [JSON.stringify(rest), ...parts.map((part) => kindOf(part, typeOf, texts))];
    const fresh = kinds.map((kind) => `${accountId} ${region} ${kind}`).filter((kind) => !seen.has(kind));
    for (const kind of fresh) seen.add(kind);
    return fresh.length > 0;
  });
};

/** A resource or an output. */
type Part = Readonly<Record<string, unknown>>;

interface Template {
  readonly Resources?: Readonly<Record<string, Part>>;
  readonly Outputs?: Readonly<Record<string, Part>>;
  /** Names the stack. */
  readonly Description?: string;
}

/** `typeOf` returns the type of the resource with an id, or the id itself if it is not a resource. */
const read = (path: string): { parts: readonly Part[]; typeOf: (id: unknown) => string; rest: unknown } => {
  const { Resources = {}, Outputs = {}, Description: _, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Template;
  const types = new Map(Object.entries(Resources).map(([id, { Type }]) => [id, `<${String(Type)}>`]));
  const outputs = Object.values(Outputs).map((output) => ({ Type: 'Output', ...output }));
  return {
    parts: [...Object.values(Resources), ...outputs],
    typeOf: (id) => types.get(String(id)) ?? String(id),
    rest,
  };
};

interface Place {
  readonly texts: Set<string>;
  readonly below: Map<string, Place>;
}

/** The different texts at each property of each type, lists without their numbers. */
class Texts {
  readonly #types: Place = newPlace();
  readonly #shapes = new Map<string, string>();

  note(part: Part): void {
    const visit = (value: unknown, place: Place): void => {
      if (typeof value === 'string') {
        if (place.texts.size <= fewTexts) place.texts.add(value);
      } else if (Array.isArray(value)) for (const item of value) visit(item, place);
      else if (isRecord(value)) for (const key of Object.keys(value)) visit(value[key], below(place, key));
    };
    visit(part, this.at(part));
  }

  at(part: Part): Place {
    return below(this.#types, String(part['Type']));
  }

  /** What patterns and limits of schemas check: the kinds of characters and the length. */
  shapeOf(text: string): string {
    const known = this.#shapes.get(text);
    if (known !== undefined) return known;
    const characters = new Set(text.replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A').replace(/[0-9]/g, '0'));
    const shape = `~${[...characters].sort().join('')}${lengthOf(textLengths, text)}`;
    this.#shapes.set(text, shape);
    return shape;
  }
}

/** One app has fewer names from a schema, such as comparisons and units. */
const fewTexts = 32;

const newPlace = (): Place => ({ texts: new Set(), below: new Map() });

const below = (place: Place, key: string): Place => {
  const known = place.below.get(key);
  if (known) return known;
  const made = newPlace();
  place.below.set(key, made);
  return made;
};

const kindOf = (part: Part, typeOf: (id: unknown) => string, texts: Texts): string => {
  const visit = (value: unknown, place: Place, key = ''): string => {
    if (typeof value === 'string') {
      if (key === 'Ref' || key === 'DependsOn') return typeOf(value);
      return place.texts.size > fewTexts && key !== 'Fn::Sub' ? texts.shapeOf(value) : JSON.stringify(value);
    }
    if (Array.isArray(value)) {
      if (key === 'Fn::GetAtt') return `${typeOf(value[0])}.${String(value[1])}`;
      const items = value.map((item) => visit(item, place, key));
      // One of each: a policy for twenty secrets is similar to one for fifteen.
      return `[${lengthOf(listLengths, items)}${isRepeating(value) ? ' repeats' : ''} ${[...new Set(items)].join()}]`;
    }
    if (!isRecord(value)) return JSON.stringify(value);
    return `{${Object.keys(value)
      .map((name) => `${name}:${visit(value[name], below(place, name), name)}`)
      .join()}}`;
  };
  return visit(part, texts.at(part));
};

/** Whether a list of texts has a duplicate: some properties refuse that. */
const isRepeating = (items: readonly unknown[]): boolean =>
  items.every((item) => typeof item === 'string') && new Set(items).size < items.length;

/** The next limit that is not exceeded. */
const lengthOf = (limits: readonly number[], { length }: { readonly length: number }): number =>
  limits.find((limit) => length <= limit) ?? length;

/** Limits in the schemas of AWS. */
const textLengths = [0, 32, 63, 64, 128, 140, 255, 256, 512, 1000, 1024, 2048, 4096, 10_240, 20_480];
const listLengths = [0, 1, 5, 10, 20, 25, 30, 50, 100, 500];
