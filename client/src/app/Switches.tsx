// The two things that a reader may set: colours and language.
import { chooseLanguage, type Language, useLanguage, useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { HalfIcon, MoonIcon, SunIcon } from "../ui/icons";
import { chooseTheme, THEMES, useTheme } from "./theme";

const ICONS = { system: <HalfIcon />, light: <SunIcon />, dark: <MoonIcon /> };

/** Goes through system, light, dark. */
export function ThemeSwitch() {
  const text = useText();
  const theme = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return <IconButton label={text.app.theme[theme]} icon={ICONS[theme]} onClick={() => chooseTheme(next)} />;
}

/** Goes to the other language, named in that language. */
export function LanguageSwitch() {
  const text = useText();
  const other: Language = useLanguage() === "en" ? "de" : "en";
  return (
    <Button
      look="quiet"
      small
      lang={other}
      aria-label={text.app.otherLanguage}
      onClick={() => void chooseLanguage(other)}
    >
      {other.toUpperCase()}
    </Button>
  );
}
