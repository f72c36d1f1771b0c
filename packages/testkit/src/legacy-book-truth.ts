// The answers of the books of seeds 1 to 5 at scale 1, recorded: an anchor against which the generator and every engine are checked,
// so that neither can drift. A dirty book differs from the clean one in `trade_records.jsonl` only.
import type { FileTruth } from "./legacy-book-writer.ts";
import type { BookFile } from "./legacy-book.ts";

/** The recorded truth of one version of a book. */
export interface RecordedVersion {
  readonly allocations: { readonly total: number; readonly matched: number; readonly unmatched: number };
  /** Sum of unmatched quantities over all symbols: a checksum. */
  readonly unmatchedQuantity: string;
  /** Canonical decimal, quote currency. */
  readonly realizedPnl: string;
  /** The allocation digest. */
  readonly sha256: string;
}

/** The recorded truth of one book. */
export interface RecordedBook {
  readonly seed: number;
  /** Orders in each version. */
  readonly trades: { readonly v1: number; readonly v2: number };
  /** Orders that the exchange still has. */
  readonly exchangeOrders: number;
  /** Buys that the local table lacks: those that the exchange still has, those that nobody has. */
  readonly missingBuys: { readonly insideRetention: number; readonly lost: number };
  /** The clean book's files. */
  readonly files: Readonly<Record<BookFile, FileTruth>>;
  /** `trade_records.jsonl` of the dirty book. */
  readonly dirtyJsonl: FileTruth;
  readonly v1: RecordedVersion;
  readonly v2: RecordedVersion;
}

/** What an importer must count on any of the dirty books, besides the good rows: 27 lines respelt, repeated or bad. */
export const DIRTY_COUNTS = { acceptNormalised: 5, reject: 18, duplicateSkipped: 2, conflict: 2 } as const;

/** The books of seeds 1 to 5, scale 1. */
export const RECORDED_BOOKS: readonly RecordedBook[] = [
  {
    seed: 1,
    trades: { v1: 6017, v2: 6028 },
    exchangeOrders: 1555,
    missingBuys: { insideRetention: 11, lost: 10 },
    files: {
      "trade_records.jsonl": { lines: 6017, sha256: "1f8b1516243bd7c241c24ad35d1858417a86c9fee0186fe9dac9db2188b5eddd" },
      "trade_records.csv": { lines: 6018, sha256: "66e15e98d038d376936447cc97277dc02b36ce79a7a66f13e694fa3795995c73" },
      "exchange_fills.jsonl": { lines: 3636, sha256: "1c6b46613e117febe32f9b68d5c3a255cbfe2be82a6df1903240d76dbef0bfad" },
    },
    dirtyJsonl: { lines: 6039, sha256: "d21ce7c26696af61873867eb79802fe9083dc3e5a137a4959f0a2aae2d107027" },
    v1: {
      allocations: { total: 3446, matched: 3427, unmatched: 19 },
      unmatchedQuantity: "30173025.817228998397046477",
      realizedPnl: "-12355.08249422178633120676043328",
      sha256: "6e8bdc9ae65c6b6f3861819239062beacdfce81692f4158d070896849434dc6a",
    },
    v2: {
      allocations: { total: 3504, matched: 3491, unmatched: 13 },
      unmatchedQuantity: "30172703.133769996677511029",
      realizedPnl: "-12345.67016522704893420644843328",
      sha256: "ca84d780852015b970435c7db53a199c5edd4fec87189386b3d57f79d0d4cde5",
    },
  },
  {
    seed: 2,
    trades: { v1: 6017, v2: 6028 },
    exchangeOrders: 1576,
    missingBuys: { insideRetention: 11, lost: 10 },
    files: {
      "trade_records.jsonl": { lines: 6017, sha256: "ae05559b002cfc4b200753fc29f2c779bd425a571e388c42cb228258adcd9a74" },
      "trade_records.csv": { lines: 6018, sha256: "fda336ced8fa403cd45cc0e9ae777b8414af84087e4f39f75685b5ab618712da" },
      "exchange_fills.jsonl": { lines: 3800, sha256: "04ce907a6bb2f5c9c6db5c383e578c8db91510e6cc167775c1209416c6a98ed3" },
    },
    dirtyJsonl: { lines: 6039, sha256: "1953ecb7cf5b370ead0c24f15e4a25675ce0fd6d3a267d11ef1f63118b7ee500" },
    v1: {
      allocations: { total: 3446, matched: 3427, unmatched: 19 },
      unmatchedQuantity: "43023977.553676185252712173",
      realizedPnl: "-12331.35735733313574411383694435",
      sha256: "df12dd9f6ce479127f135491d0d15a2775eb01f3be1ade5dbd99936caa926303",
    },
    v2: {
      allocations: { total: 3504, matched: 3491, unmatched: 13 },
      unmatchedQuantity: "39874854.4830448288031021",
      realizedPnl: "-12313.39899130820090511393600835",
      sha256: "ac645603a160e2053334a696f96dab5a05d08669ce90535afc646700bc0bf1fb",
    },
  },
  {
    seed: 3,
    trades: { v1: 6017, v2: 6028 },
    exchangeOrders: 1551,
    missingBuys: { insideRetention: 11, lost: 10 },
    files: {
      "trade_records.jsonl": { lines: 6017, sha256: "8e97f3bb2a1e66974037593cd5fbffb34febf0256998ccbcdeb071e49d51c511" },
      "trade_records.csv": { lines: 6018, sha256: "fbb1b735b484b31be8f70a6f3755b336b9ee3e9a39c792a15fb4271044eeaa91" },
      "exchange_fills.jsonl": { lines: 3688, sha256: "f8732450b86eec8ead0f1d957e1551e9f8eed64d311bc977d81b1eff1603788b" },
    },
    dirtyJsonl: { lines: 6039, sha256: "56c8110a4611ca535ab9053405f3078406ca5e6b05167b1513d6bec7ab82fa08" },
    v1: {
      allocations: { total: 3446, matched: 3427, unmatched: 19 },
      unmatchedQuantity: "34559660.679851725480999427",
      realizedPnl: "-12704.0816830736418881217460174",
      sha256: "1c10da129ab1244c3bbfa6cf3c0dfc9de4ff237387de5ff53219cc58dcb945d2",
    },
    v2: {
      allocations: { total: 3504, matched: 3491, unmatched: 13 },
      unmatchedQuantity: "30713971.943098974693606526",
      realizedPnl: "-12694.6423191297861269419989574",
      sha256: "49d60a11a7a287b1304e7fe3a0d1828cdc52b891501ee514585192c10a85eed3",
    },
  },
  {
    seed: 4,
    trades: { v1: 6017, v2: 6028 },
    exchangeOrders: 1561,
    missingBuys: { insideRetention: 11, lost: 10 },
    files: {
      "trade_records.jsonl": { lines: 6017, sha256: "a9a22a12257fea65bffd32ac6ba1d5eab4be6084e3c49af905e97851e82123e0" },
      "trade_records.csv": { lines: 6018, sha256: "b49176542e817a6cc853f34a7c20990b02061be18f3e924e092c586d8f690c3a" },
      "exchange_fills.jsonl": { lines: 3830, sha256: "23cb2b9760cf18c0baf320560134d2d8ecfa5548893593635750db1830217b0f" },
    },
    dirtyJsonl: { lines: 6039, sha256: "644d4746f18c1abc6d084c3cf0a86cdeb2c7325b7ff877ce05480ba3b684a430" },
    v1: {
      allocations: { total: 3446, matched: 3427, unmatched: 19 },
      unmatchedQuantity: "47158126.397421851100839187",
      realizedPnl: "-12411.41564215013058928813314661",
      sha256: "fc41a73775d29dfdf9b21ae3e8ee21721a76fa42deb40cf38fb62b1071cd5b05",
    },
    v2: {
      allocations: { total: 3504, matched: 3491, unmatched: 13 },
      unmatchedQuantity: "47157891.381316972432817317",
      realizedPnl: "-12402.79956793974330635253314661",
      sha256: "6b2750fd05e7af8457e9789e5898f97b10d732f49e5a9dbbe28129acddf4b158",
    },
  },
  {
    seed: 5,
    trades: { v1: 6017, v2: 6028 },
    exchangeOrders: 1571,
    missingBuys: { insideRetention: 11, lost: 10 },
    files: {
      "trade_records.jsonl": { lines: 6017, sha256: "ff598b9f7776ebdb200529145b990c72d6aef987255e0f76ff6bc80ad5df9470" },
      "trade_records.csv": { lines: 6018, sha256: "95874c03e8d6ac470b2fb66a88288fb9028aa6c1ebdb77c4aef43ef5638c58d2" },
      "exchange_fills.jsonl": { lines: 3658, sha256: "447f8d77030c99c7dd54fc16185ac867b7178fdd586e64bd4f9f277d55bc815c" },
    },
    dirtyJsonl: { lines: 6039, sha256: "0bf89fb55a267c025a5a3a28b314393cab32bc3c2043ea3e4a6aef589e518edf" },
    v1: {
      allocations: { total: 3446, matched: 3427, unmatched: 19 },
      unmatchedQuantity: "13212722.770278910925025586",
      realizedPnl: "-12935.47490034661084866766970158",
      sha256: "bb5300531736c5b9cb152e779019e7ffa3a77bb432d2e765d53f5f34fc6c3c8b",
    },
    v2: {
      allocations: { total: 3504, matched: 3491, unmatched: 13 },
      unmatchedQuantity: "10437405.586924347487266641",
      realizedPnl: "-12923.10900283504008093706926144",
      sha256: "470342e1599846e4088b1565c7f9c7a50f03ae9bfd3aec2ac81fba1fb84487b8",
    },
  },
];
