import { useBound } from "../form";

interface TicksOf {
  name: string;
  label: string;
  hint: string;
  options: readonly (readonly [value: string, name: string])[];
}

/** Several of many, ticked. What is chosen and no longer offered stays, and is shown. */
export function Ticks({ name, label, hint, options }: TicksOf) {
  const { value, put, fault, locked } = useBound<string[] | null>(name);
  const chosen = value ?? [];
  const gone = chosen.filter((one) => !options.some(([known]) => known === one));
  return (
    <fieldset class={fault ? "kb-field kb-ticks wrong" : "kb-field kb-ticks"} disabled={locked}>
      <legend>{label}</legend>
      <small class="hint">{hint}</small>
      <ul>
        {[...options, ...gone.map((one) => [one, one] as const)].map(([one, said]) => (
          <li key={one}>
            <label class="check">
              <input
                type="checkbox"
                checked={chosen.includes(one)}
                onChange={(event) => put(event.currentTarget.checked ? [...chosen, one] : chosen.filter((other) => other !== one))}
              />
              {said}
            </label>
          </li>
        ))}
      </ul>
      {fault && <p class="fault">{fault}</p>}
    </fieldset>
  );
}
