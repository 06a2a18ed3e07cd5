// The client's own small pictures. They take the colour and size of the text; what they mean is said beside them.
import type { ReactNode } from "react";

const stroke = (path: ReactNode) => () => (
  <svg
    viewBox="0 0 24 24"
    width="1.25em"
    height="1.25em"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.75"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    {path}
  </svg>
);

export const SunIcon = stroke(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.600l1.4 1.400M17 17l1.4 1.400M18.4 5.6 17 7M7 17l-1.4 1.4" />
  </>,
);
export const MoonIcon = stroke(<path d="M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500z" />);
export const HalfIcon = stroke(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
  </>,
);
export const ReplyIcon = stroke(<path d="M9 7 4 12l5 5M4.5 12H14a6 6 0 0 1 6 6" />);
export const EditIcon = stroke(<path d="m4 20 1-4L16 5l3 3L8 19l-4 1z" />);
export const DeleteIcon = stroke(<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13" />);
export const CloseIcon = stroke(<path d="m6 6 12 12M18 6 6 18" />);
export const LinkIcon = stroke(
  <path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1" />,
);
export const FlagIcon = stroke(<path d="M6 21V4h12l-3 4 3 4H6" />);
export const CheckIcon = stroke(<path d="m5 12.5 4.5 4.500L19 7.5" />);
export const UndoIcon = stroke(<path d="M8 5 4 9l4 4M4.5 9H14a5 5 0 0 1 0 10H9" />);
export const PlayIcon = stroke(<path d="M8 5v14l11-7z" />);
export const PauseIcon = stroke(<path d="M9 5v14M15 5v14" />);
export const DownIcon = stroke(<path d="m6 9 6 6 6-6" />);
export const CommentIcon = stroke(<path d="M4 5h16v11H11l-5 4v-4H4z" />);

/** The board's mark: an oak leaf. */
export function OakLeaf() {
  return (
    <svg
      viewBox="0 0 32 32"
      width="1.5em"
      height="1.5em"
      fill="currentColor"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M16 2c2.6 1.3 3.4 3.3 2.8 5.3 2.3-.9 4.6.2 5 2.3.4 1.8-.7 3.1-2.2 3.7 2.2.2 3.9 1.7 3.7 3.8-.2 2-2 3.1-4 2.8 1.6 1 2.1 2.9 1.1 4.3-1.2 1.7-3.6 1.6-5.6.6l-.1 5.200h-1.400l-.1-5.200c-2 1-4.4 1.1-5.6-.6-1-1.4-.5-3.3 1.1-4.3-2 .3-3.8-.8-4-2.8-.2-2.1 1.5-3.6 3.7-3.8-1.5-.6-2.6-1.9-2.2-3.7.4-2.1 2.7-3.2 5-2.300C12.6 5.3 13.4 3.3 16 2z" />
      <path
        d="M16 7v18M16 13l4-2M16 13l-4-2M16 18.500l4.5-2M16 18.500l-4.5-2"
        fill="none"
        stroke="var(--ground)"
        strokeWidth="1"
      />
    </svg>
  );
}
