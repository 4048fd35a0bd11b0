package contact

// Keys are what a contact is searched and ordered by.
func (c *Contacts) Keys(of *Contact) ContactIndex { return c.index(of) }
