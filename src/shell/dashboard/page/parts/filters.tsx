import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export interface SelectProps {
  readonly label: string;
  readonly value: string | null;
  /** What choosing nothing is called. */
  readonly all: string;
  readonly options: readonly string[];
  readonly onChange: (value: string | null) => void;
}

/** One of several, or all. */
export function Select({ label, value, all, options, onChange }: SelectProps): JSX.Element {
  const id = useId();
  return (
    <span class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value ?? ""} onChange={({ currentTarget }) => onChange(currentTarget.value || null)}>
        <option value="">{all}</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </span>
  );
}

export interface TextFilterProps {
  readonly label: string;
  readonly value: string | null;
  readonly placeholder: string;
  readonly onChange: (value: string | null) => void;
}

/** A word to look for, taken when the reader is done with it. */
export function TextFilter({ label, value, placeholder, onChange }: TextFilterProps): JSX.Element {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current !== null) field.current.value = value ?? "";
  }, [value]);
  return (
    <span class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={field}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onChange={({ currentTarget }) => onChange(currentTarget.value.trim() || null)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Enter") onChange(currentTarget.value.trim() || null);
        }}
      />
    </span>
  );
}
