package io.tributary.coordinator.round;

/**
 * Where one selected site stands with its task: what the round's record and the admin API show.
 *
 * <pre>
 * TRAIN     Offered → Accepted → Training → Uploading → Durable → Folded
 * EVALUATE  Offered → Accepted → Evaluating → Reported
 * any working state → Dropped | Late | Refused;   Dropped → Offered when the site comes back in time
 * </pre>
 */
public sealed interface SiteState {
  /** Shown to people and written to records; part of the admin API's contract. */
  String label();

  /** Whether the coordinator still expects something from the site. */
  default boolean isWorking() {
    return false;
  }

  /** Why the site's part ended without a result; empty while it may still have one. */
  default String reason() {
    return "";
  }

  /** The same in the coordinator's words only, fit for every site to read. */
  default String publicReason() {
    return reason();
  }

  /** The task was sent and nothing heard yet. */
  record Offered() implements SiteState {
    @Override
    public String label() {
      return "offered";
    }

    @Override
    public boolean isWorking() {
      return true;
    }
  }

  /** The site took the task and is fetching the model. */
  record Accepted() implements SiteState {
    @Override
    public String label() {
      return "accepted";
    }

    @Override
    public boolean isWorking() {
      return true;
    }
  }

  /**
   * The site trains.
   *
   * @param doneSteps steps done
   * @param totalSteps steps of the task
   */
  record Training(long doneSteps, long totalSteps) implements SiteState {
    @Override
    public String label() {
      return "training";
    }

    @Override
    public boolean isWorking() {
      return true;
    }
  }

  /**
   * The site evaluates.
   *
   * @param doneWindows windows done
   * @param totalWindows windows of its held-out part
   */
  record Evaluating(long doneWindows, long totalWindows) implements SiteState {
    @Override
    public String label() {
      return "evaluating";
    }

    @Override
    public boolean isWorking() {
      return true;
    }
  }

  /**
   * Chunks of the update arrive or are being checked.
   *
   * @param doneBytes verified bytes
   * @param totalBytes bytes of the update
   */
  record Uploading(long doneBytes, long totalBytes) implements SiteState {
    @Override
    public String label() {
      return "uploading";
    }

    @Override
    public boolean isWorking() {
      return true;
    }
  }

  /**
   * The update was checked and is on disk: it counts.
   *
   * @param receipt what the site was told
   */
  record Durable(UpdateReceipt receipt) implements SiteState {
    @Override
    public String label() {
      return "durable";
    }
  }

  /**
   * The update is part of the published model.
   *
   * @param receipt what the site was told
   */
  record Folded(UpdateReceipt receipt) implements SiteState {
    @Override
    public String label() {
      return "folded";
    }
  }

  /**
   * The site reported its held-out loss.
   *
   * @param loss what it reported
   */
  record Reported(HeldOutLoss loss) implements SiteState {
    @Override
    public String label() {
      return "reported";
    }
  }

  /**
   * The site went away for longer than the rejoin grace.
   *
   * @param reason for people
   */
  record Dropped(String reason) implements SiteState {
    @Override
    public String label() {
      return "dropped";
    }
  }

  /**
   * The site was still at work when the round closed without it.
   *
   * @param reason for people
   */
  record Late(String reason) implements SiteState {
    @Override
    public String label() {
      return "late";
    }
  }

  /**
   * The site refused the task, or its result failed a check.
   *
   * @param reason for people
   */
  record Refused(String reason) implements SiteState {
    private static final String DECLINED = "declined by the site";

    /** The site's policy refused the task, in the site's words. */
    static Refused declined(String words) {
      return new Refused(DECLINED + ": " + words);
    }

    @Override
    public String publicReason() { // neither the site's words nor a value of its update
      return reason.startsWith(DECLINED) ? DECLINED : "its update failed a check";
    }

    @Override
    public String label() {
      return "refused";
    }
  }
}
