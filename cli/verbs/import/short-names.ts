/** Names for the catalog, from the names that secrets have in AWS. */

/**
 * One for each name, in the same order: the folder that all have in common goes, and of the rest the catalog's alphabet
 * is left. `legacy/shop/Orders_DB` becomes `orders-db`.
 */
export const shortNames = (names: readonly string[]): string[] => {
  const folder = commonFolder(names);
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = plainName(name.slice(folder.length));
    let free = plain;
    for (let number = 2; taken.has(free); number += 1) free = `${plain}-${number}`;
    taken.add(free);
    return free;
  });
};

/** With the slash at its end; empty where they have none in common. */
const commonFolder = ([first = '', ...others]: readonly string[]): string => {
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (folder !== '' && !others.every((name) => name.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  return folder;
};

const plainName = (name: string): string => {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const plain = words.join('-');
  return /^[a-z]/.test(plain) ? plain : ['secret', ...words].join('-');
};
