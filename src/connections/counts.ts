/** What the pipeline counted since the start: closed connections, unless it says otherwise. */
export class PipelineCounts {
  /** New in the frames that arrived, as their readers said. Equals kept + filtered + selfTest + discarded. */
  enqueued = 0;
  /** Given to every client. */
  kept = 0;
  /** Left out by the filter. */
  filtered = 0;
  /** Connections of conntrail's self-test, this tracer's or another's. */
  selfTest = 0;
  /** Of frames, CPUs or numbers that cannot be, seen before although a reader said new, or closed a second time. */
  discarded = 0;
  /** Of `discarded`: of a CPU that cannot be. */
  unknownCpu = 0;
  /** Of `discarded`: a count or a time is larger than any can be. */
  impossible = 0;
  /** Of `discarded`: the connection's close was seen already. */
  repeated = 0;
  /** Repeated in frames, as their readers said: partial batches read again. */
  duplicate = 0;
  /** Said to be known by a reader, but no frame brought them: those the ring dropped. */
  missed = 0;
  /** Frames that are not what their header says, in frames. */
  invalidFrames = 0;
  /** Frames that the numbers of a source skipped, in frames. */
  missingFrames = 0;
  /** Rows of snapshots, in rows. */
  rows = 0;
}
