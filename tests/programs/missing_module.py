# expect: fault missing_module
import a_module_that_nobody_has

a_module_that_nobody_has.plot()
