import { useComputed } from "@preact/signals";
import * as api from "../api";
import { now, second, zoneName } from "../clock";
import { signedOut, waiting } from "../desk";
import { mayWrite, seesCases } from "../rights";
import { go, hashOf, route } from "../route";
import { unsent } from "../replies";
import { chime, sound, wake } from "../sound";
import { t } from "../texts";
import { nextTheme, theme } from "../theme";
import type { Me } from "../types";
import { dialog, tell } from "../ui";
import { Icon } from "./Icon";
import { Key } from "./Key";

export function TopBar({ who }: { who: Me }) {
  return (
    <header class="bar">
      <h1 class="brand">{t.product}</h1>
      <p class="cities">{who.cities.map((city) => city.short_name).join(" · ")}</p>
      <ZoneClocks zones={[...new Set(who.cities.map((city) => city.timezone))]} />
      <Doors who={who} />
      {seesCases(who.operator.role) && <SoundButton />}
      <button type="button" class="quiet" aria-label={t.bar.theme[theme.value]} title={t.bar.theme[theme.value]} onClick={nextTheme}>
        <Icon name="theme" />
      </button>
      {route.value.at !== "knowledge" && (
        <button type="button" class="quiet" aria-label={t.bar.help} title={t.bar.help} onClick={() => (dialog.value = "help")}>
          <Icon name="help" />
        </button>
      )}
      <Account who={who} />
    </header>
  );
}

/** Between the desk and the answers, for those who have business in both. */
function Doors({ who }: { who: Me }) {
  const { role } = who.operator;
  if (route.value.at === "knowledge") {
    if (!seesCases(role)) return null;
    return (
      <a class="door" href={hashOf({ at: "list" })}>
        <Icon name="back" /> <span>{t.bar.queue}</span> <b class="count">{waiting.value.length}</b>
      </a>
    );
  }
  return (
    <>
      {mayWrite(role) && (
        <a class="door" href={hashOf({ at: "knowledge", city: "", page: "", rest: [] })}>
          <Icon name="cards" /> <span>{t.bar.knowledge}</span>
        </a>
      )}
      <button type="button" class="by-hand" onClick={() => go({ at: "by_hand" })}>
        <Icon name="phone" /> <span>{t.bar.by_hand}</span> <Key>n</Key>
      </button>
    </>
  );
}

function ZoneClocks({ zones }: { zones: string[] }) {
  const words = useComputed(() => zones.map((zone) => `${second(now.value, zone)} ${zoneName(zone)}`).join(" · "));
  return <p class="clock">{words}</p>;
}

function SoundButton() {
  const on = sound.value === "on";
  const words = on ? t.sound.on : t.sound.muted;
  const test = async (): Promise<void> => {
    await wake();
    chime("test");
  };
  return (
    <button type="button" class="quiet" aria-label={words} title={words} onClick={() => void test()}>
      <Icon name={on ? "sound" : "mute"} />
    </button>
  );
}

function Account({ who }: { who: Me }) {
  const leave = async (): Promise<void> => {
    const waiting = unsent.value.some((one) => one.refused === null);
    if (waiting && !confirm(t.bar.logoutUnsent)) return;
    try {
      await api.logout();
      signedOut();
      // The next who logs in lands where the own role belongs.
      go({ at: "list" });
      history.replaceState(null, "", location.pathname + location.search);
    } catch {
      tell(t.unreachable, true);
    }
  };
  return (
    <details class="account">
      <summary>
        <Icon name="user" /> <span>{who.operator.name}</span>
      </summary>
      <div class="menu">
        <button type="button" onClick={() => (dialog.value = "password")}>
          {t.password.title}
        </button>
        <button type="button" onClick={() => void leave()}>
          {t.bar.logout}
        </button>
      </div>
    </details>
  );
}
