/** The beginning of a hash or key, with the whole of it on hover and in what is copied by a machine. */
export function Hash({ children, digits = 8 }: { children: string; digits?: number }) {
  return (
    <code className="hash" title={children}>
      {children.slice(0, digits)}
    </code>
  );
}
