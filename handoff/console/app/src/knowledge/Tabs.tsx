import { addressOf } from "./about";

interface TabsOf {
  city: string;
  page: string;
  label: string;
  tabs: readonly (readonly [slug: string, name: string, count?: number | undefined])[];
  open: string;
}

/** Parts of one page, each with an address of its own. */
export function Tabs({ city, page, label, tabs, open }: TabsOf) {
  return (
    <nav class="kb-tabs" aria-label={label}>
      {tabs.map(([slug, name, count]) => (
        <a key={slug} href={addressOf(city, page, slug)} aria-current={slug === open ? "page" : undefined}>
          {name} {count !== undefined && count > 0 && <span class="count">{count}</span>}
        </a>
      ))}
    </nav>
  );
}
