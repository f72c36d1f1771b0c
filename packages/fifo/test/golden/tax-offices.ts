import type { GoldenCase, GoldenSource } from "./case.ts";

const TAX_BRIEFING: GoldenSource = {
  title: "Tax Briefing issue 40 (June 2000): Disposal of shares, FIFO rules",
  publisher: "Revenue Commissioners, Ireland (reprinted by Chartered Accountants Ireland)",
  address: "https://www.charteredaccountants.ie/taxsourcetotal/1997/en/act/pub/0039/tb/sec0580-1-tb.html",
};

const DGT: GoldenSource = {
  title: "Worked example of homogeneous shares and repurchases",
  publisher: "Dirección General de Tributos, Spain (quoted on rankia.com)",
  address: "https://rankia.com/foros/fiscalidad/temas/2785234-duda-norma-antiaplicacion-apunte-programa-padre",
};

const DGT_LATER: GoldenSource = {
  ...DGT,
  title: "Worked example of homogeneous shares and repurchases, later edition with other prices",
  address: "https://rankia.pe/usuarios/muabdi/participaciones/28-fiscalidad/3",
};

export const taxOffices: readonly GoldenCase[] = [
  {
    name: "a part of one holding is sold (Ireland)",
    source: TAX_BRIEFING,
    entered: "The source states years only; 1 January is entered. Indexation and expenses are left out, as in the source.",
    entries: [
      { id: "1997", buy: "100", at: "1997-01-01", price: "2" },
      { id: "1999", sell: "50", at: "1999-01-01", price: "3" },
    ],
    sells: [{ id: "1999", cost: "100", proceeds: "150", gain: "50", parts: [{ buy: "1997", quantity: "50" }] }],
    open: [{ id: "1997", quantity: "50" }],
  },
  {
    name: "a loss over two whole lots, before later purchases (Spain)",
    source: DGT,
    entered: "The first sale of the example with the purchases before it and the two after it; the second sale is left out.",
    entries: [
      { id: "a", buy: "105", at: "2002-01-01", price: "95" },
      { id: "b", buy: "900", at: "2002-02-10", price: "100" },
      { id: "s", sell: "1005", at: "2003-02-15", price: "85" },
      { id: "c", buy: "950", at: "2003-03-01", price: "99" },
      { id: "d", buy: "15", at: "2003-03-10", price: "98" },
    ],
    sells: [
      {
        id: "s",
        gain: "-14550",
        parts: [
          { buy: "a", quantity: "105", gain: "-1050" },
          { buy: "b", quantity: "900", gain: "-13500" },
        ],
      },
    ],
    open: [
      { id: "c", quantity: "950" },
      { id: "d", quantity: "15" },
    ],
  },
  {
    name: "the same holding at ten times the prices loses ten times as much (Spain)",
    source: DGT_LATER,
    entered: "The source says year X; 2010 is entered. Trades after the first sale are left out.",
    entries: [
      { id: "a", buy: "105", at: "2010-01-01", price: "950" },
      { id: "b", buy: "900", at: "2010-02-10", price: "1000" },
      { id: "s", sell: "1005", at: "2010-02-15", price: "850" },
    ],
    sells: [
      {
        id: "s",
        gain: "-145500",
        parts: [
          { buy: "a", quantity: "105" },
          { buy: "b", quantity: "900" },
        ],
      },
    ],
    open: [],
  },
];
