#include "api.h"

enum outcome outcome_of(long status) {
  if (status >= 200 && status < 300) return OUTCOME_DONE;
  switch (status) {
    case 304:
      return OUTCOME_SAME;
    case 401:
    case 403:
      return OUTCOME_UNAUTHORIZED;
    case 400:
    case 413:
    case 422:
      return OUTCOME_REFUSED;
    default:
      /* Also 404 and the like: whatever answers there is not the server, or not yet again. */
      return OUTCOME_LATER;
  }
}
