package io.tributary.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, from the jar's manifest. */
final class Version implements IVersionProvider {
  static final String SOFTWARE = "tributary/" + number();

  private static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "tributary " + number(),
      "Java " + Runtime.version() + " (" + System.getProperty("os.arch") + ")"
    };
  }
}
