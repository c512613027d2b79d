import { openCase, takeThis } from "../acts";
import { lit, second } from "../clock";
import { asOf, health, me, ringing } from "../desk";
import { link } from "../live";
import { sound, wake } from "../sound";
import { t } from "../texts";

/** What must not be overlooked, over everything else. */
export function Banners() {
  return (
    <section class="banners" aria-label={t.banner.label}>
      <MuteBanner />
      <div role="status">
        <LinkBanner />
        <HealthBanner />
      </div>
      <RingBanner />
    </section>
  );
}

function MuteBanner() {
  if (sound.value === "on") return null;
  if (sound.value === "none") return <p class="banner red">{t.sound.none}</p>;
  return (
    <button type="button" class="banner red" onClick={() => void wake()}>
      {t.sound.muted}
    </button>
  );
}

function LinkBanner() {
  const zone = me.value?.cities[0]?.timezone;
  if (link.value !== "lost") return null;
  return (
    <p class="banner red">
      <strong>{t.banner.lost}</strong> {asOf.value !== null && zone && t.banner.asOf(second(asOf.value, zone))}
    </p>
  );
}

function HealthBanner() {
  const ill = health.value.filter((part) => !part.ok);
  if (!ill.length) return null;
  return (
    <p class="banner amber">
      <strong>{t.banner.trouble}:</strong> {ill.map((part) => `${part.name}: ${part.detail}`).join("; ")}
    </p>
  );
}

function RingBanner() {
  const first = ringing.value[0];
  if (!first) return null;
  const take = async (): Promise<void> => {
    openCase(first);
    await takeThis({ does: "claim", incident: first });
  };
  return (
    <p class={lit.value ? "banner ringing lit" : "banner ringing"}>
      <strong>{t.banner.ringing(ringing.value.length)}</strong>
      <button type="button" onClick={() => void take()}>
        {t.banner.take(first.code)}
      </button>
    </p>
  );
}
