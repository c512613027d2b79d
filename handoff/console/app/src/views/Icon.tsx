const PATHS = {
  back: "M15 5l-7 7 7 7",
  sound: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 010 6M18.5 6.5a8 8 0 010 11",
  mute: "M4 9v6h4l5 4V5L8 9zM16 9l5 6M21 9l-5 6",
  theme: "M12 3a9 9 0 109 9 7 7 0 01-9-9z",
  help: "M9 9a3 3 0 116 0c0 2-3 2-3 5M12 18v.5",
  phone: "M5 4h4l2 5-2.5 1.5a11 11 0 005 5L15 13l5 2v4a2 2 0 01-2 2A16 16 0 013 6a2 2 0 012-2z",
  pin: "M12 21s7-6.5 7-11.5A7 7 0 005 9.500C5 14.500 12 21 12 21zM12 7v5M9.500 9.500h5",
  user: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 20a8 8 0 0116 0",
  cards: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4",
  quick: "M13 3L5 14h6l-1 7 8-11h-6z",
  send: "M4 12l16-8-6 16-3-6z",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
