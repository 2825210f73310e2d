package io.tributary.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class UserErrorExceptionTest {
  @Test
  void exitCodesAreTheCommandLinesContract() {
    assertThat(Kind.FAILED.exitCode()).isEqualTo(1);
    assertThat(Kind.USAGE.exitCode()).isEqualTo(2);
    assertThat(Kind.REFUSED.exitCode()).isEqualTo(3);
  }

  @Test
  void keepsKindMessageAndCause() {
    IOException cause = new IOException("disk");
    UserErrorException error = new UserErrorException(Kind.REFUSED, "no: use --force", cause);
    assertThat(error.kind()).isEqualTo(Kind.REFUSED);
    assertThat(error).hasMessage("no: use --force").hasCause(cause);
    assertThat(new UserErrorException(Kind.USAGE, "x")).hasNoCause();
  }
}
