/* Found only when no generated bp_config.h comes earlier on the include path: the generic binary.
 */
#include "bp_config_default.h"
