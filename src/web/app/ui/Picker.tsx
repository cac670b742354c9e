interface PickerProps<Value extends string> {
  className: string;
  /** For screen readers. */
  legend: string;
  names: Readonly<Record<Value, string>>;
  values: readonly Value[];
  value: Value;
  onChoose(value: NoInfer<Value>): void;
}

/** Buttons for a choice of one among a few. */
export function Picker<Value extends string>({
  className,
  legend,
  names,
  values,
  value,
  onChoose,
}: PickerProps<Value>) {
  return (
    <fieldset className={className}>
      <legend className="unseen-text">{legend}</legend>
      {values.map((each) => (
        <button key={each} type="button" className="plain" aria-pressed={each === value} onClick={() => onChoose(each)}>
          {names[each]}
        </button>
      ))}
    </fieldset>
  );
}
