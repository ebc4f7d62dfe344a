/** A sentence in which names stand between backticks, as the service writes them. */
export function Coded({ text }: { text: string }) {
  return (
    <>
      {text
        .split(/`([^`]*)`/)
        .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </>
  );
}
