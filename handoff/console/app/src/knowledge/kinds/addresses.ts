// Which page keeps which kind.
export const PAGE_OF_KIND: Readonly<Record<string, string>> = {
  article: "jawaban",
  agency: "instansi",
  landmark: "patokan",
  card: "kartu",
  category: "jenis",
  wording: "kalimat",
  quick_reply: "balasan-cepat",
  holiday: "libur",
};

export const pageOfKind = (kind: string): string => PAGE_OF_KIND[kind] ?? kind;
