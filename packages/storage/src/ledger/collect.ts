/** All items of a stream of arrays, in order. Only for what memory may hold whole. */
export async function collect<T>(chunks: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const chunk of chunks) for (const item of chunk) all.push(item);
  return all;
}
