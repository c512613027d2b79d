// A form over a body: all of its parts through one door.
export { FormOf, Labelled, described, faultsAt, faultsBelow, useBound } from "./bound";
export type { Bound, FieldOf, Form } from "./bound";
export { Check, Choice, Line, Words } from "./fields";
export { Items, Lines, RemoveButton, Section } from "./lists";
export { SmsCount } from "./SmsCount";
