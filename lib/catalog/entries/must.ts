/** Reads what the checks of a catalog have made sure of. */

export const must = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`The catalog was resolved before its checks had passed: ${what}`);
  return value;
};
