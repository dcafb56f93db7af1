/** A Python as it was started. */
export interface Interpreter {
  /** Its path, links not followed: a virtual environment is told by the place of the link to its Python. */
  readonly program: string;
  /** What it was started with; says where the packages of the user lie. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
