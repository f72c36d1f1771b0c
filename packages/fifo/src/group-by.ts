/** The items of each key, keys in the order in which they come first; added to `groups` where that is given. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K, groups = new Map<K, T[]>()): Map<K, T[]> {
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
